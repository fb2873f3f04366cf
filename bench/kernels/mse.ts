import { pinned } from "../../src/gpu/tensor.ts";
import { mse } from "../../src/kernels/mse.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { mse as reference } from "../../test/reference/mse.ts";
import { randomInput } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { outputs } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of R-Net's loss, and of one over more outputs. */
export const mseRows = ({ batch }: Shapes): BenchRow[] => [
  ...rowsOf("R-Net's", [batch, outputs]),
  ...rowsOf("odd", [37, 19]),
];

function rowsOf(name: string, shape: Shape): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "mse",
    label: `${pass} ${name}, ${showShape(shape)}`,
    open: () => open(problemOf(name, shape)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape) {
  const prediction = randomInput(`${name} prediction`, shape);
  const target = randomInput(`${name} target`, shape);
  const inputs = [prediction.tensor, target.tensor] as const;
  return { inputs, computed: () => reference(prediction.values, target.values) };
}

const openForward = ({ inputs, computed }: Problem): OpenRow => ({
  variants: [forward(mse, inputs, () => ({}))],
  expected: () => new Map([["y", Float64Array.of(computed().loss)]]),
  tolerance: tolerances.short,
});

function openBackward({ inputs, computed }: Problem): OpenRow {
  const dy = pinned("one", [1], "f32", new Float32Array([1]));
  return {
    variants: [backward(mse, inputs, () => ({}), { dy, names: ["dp", "dtarget"], wanted: ["dp"] })],
    expected: () => new Map([["dp", computed().backward().dprediction]]),
    tolerance: tolerances.short,
  };
}
