import { addition } from "../../src/kernels/add.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { copiesOf, randomBatch, repeat } from "./inputs.ts";
import { forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Sums of gradients where a tensor is used twice: of R-Net's largest feature map, and an odd one. */
export function addRows(shapes: Shapes): BenchRow[] {
  const [first] = rNetLayers("Conv2D", shapes);
  return [rowOf(first.name, first.output, copiesOf(shapes.batch, true)), rowOf("odd", [3, 5, 61, 47], 1)];
}

const rowOf = (name: string, shape: Shape, copies: number): BenchRow => ({
  op: "add",
  label: `forward ${name}, ${showShape(shape)}`,
  open: () => open(name, shape, copies),
});

function open(name: string, shape: Shape, copies: number): OpenRow {
  const a = randomBatch(`${name} a`, shape, copies);
  const b = randomBatch(`${name} b`, shape, copies);
  const sum = () => a.values.map((value, i) => value + b.values[i]);
  return {
    variants: [forward(addition, [a.tensor, b.tensor], () => ({}))],
    expected: () => new Map([["y", repeat(sum(), copies)]]),
    tolerance: tolerances.short,
  };
}
