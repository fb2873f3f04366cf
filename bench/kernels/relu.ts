import { relu } from "../../src/kernels/relu.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { relu as reference } from "../../test/reference/relu.ts";
import { copiesOf, randomBatch, repeat } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes over R-Net's largest feature map, which its list without fusion has, and over an odd shape. */
export function reluRows(shapes: Shapes): BenchRow[] {
  const [first] = rNetLayers("Conv2D", shapes);
  return [...rowsOf(first.name, first.output, copiesOf(shapes.batch, true)), ...rowsOf("odd", [3, 5, 61, 47], 1)];
}

function rowsOf(name: string, shape: Shape, copies: number): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "relu",
    label: `${pass} ${name}, ${showShape(shape)}`,
    open: () => open(problemOf(name, shape, copies)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape, copies: number) {
  const x = randomBatch(`${name} x`, shape, copies);
  const dy = randomBatch(`${name} dy`, shape, copies);
  return { x: x.tensor, dy, copies, computed: () => reference(x.values, x.shape) };
}

const openForward = ({ x, computed, copies }: Problem): OpenRow => ({
  variants: [forward(relu, [x], () => ({}))],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const openBackward = ({ x, dy, computed, copies }: Problem): OpenRow => ({
  variants: [backward(relu, [x], () => ({}), { dy: dy.tensor, names: ["dx"], wanted: ["dx"] })],
  expected: () => new Map([["dx", repeat(computed().backward(dy.values).dx, copies)]]),
  tolerance: tolerances.short,
});
