import { RandomStream } from "../../src/rng.ts";
import { copy } from "../../src/kernels/copy.ts";
import { randomInput } from "./inputs.ts";
import { rNetParameters } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Copies in another order, as weights are repacked once a step: of all of R-Net's parameters, and of an odd number. */
export const permuteRows = (shapes: Shapes): BenchRow[] => [
  rowOf("R-Net's parameters", rNetParameters(shapes)),
  rowOf("odd", 10007),
];

const rowOf = (name: string, size: number): BenchRow => ({
  op: "permute",
  label: `copy ${name}, [${size}]`,
  open: () => open(name, size),
});

function open(name: string, size: number): OpenRow {
  const x = randomInput(`${name} x`, [size]);
  const table = new RandomStream(0, "bench permutation").permutation(size);
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          const y = program.tensor("y", [size]);
          const permuted = program.permuted("permuted", x.tensor, table);
          // A permuted copy is made only for a launch that reads it.
          program.within("", "update", () => copy(program, permuted, y));
          return { phase: "data", outputs: new Map([["y", y]]) };
        },
      },
    ],
    expected: () => new Map([["y", Float64Array.from(table, (index) => x.values[index])]]),
    tolerance: tolerances.short,
  };
}
