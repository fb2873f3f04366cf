import { maxPool2d, type PoolOptions } from "../../src/kernels/maxPool2d.ts";
import { type Pair, type Shape, showShape, window2d } from "../../src/shape.ts";
import { maxPool2d as reference } from "../../test/reference/maxPool2d.ts";
import { copiesOf, randomBatch, repeat } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of R-Net's pools, and of one whose windows overlap. */
export function maxPool2dRows(shapes: Shapes): BenchRow[] {
  const copies = copiesOf(shapes.batch, true);
  return [
    ...rNetLayers("MaxPooling2D", shapes).flatMap(({ name, input }) => rowsOf(name, input, [2, 2], [2, 2], copies)),
    ...rowsOf("overlapping", [3, 5, 37, 45], [3, 2], [2, 1], 1),
  ];
}

function rowsOf(name: string, shape: Shape, window: Pair, strides: Pair, copies: number): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "maxPool2d",
    label: `${pass} ${name}, ${showShape(shape)}, window ${showShape(window)}`,
    open: () => open(problemOf(name, shape, { window, strides, padding: "valid" }, copies)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape, options: PoolOptions, copies: number) {
  const { outputSize } = window2d(name, shape, options.window, options.strides, options.padding);
  const x = randomBatch(`${name} x`, shape, copies);
  return {
    x: x.tensor,
    copies,
    options: () => options,
    dy: randomBatch(`${name} dy`, [...shape.slice(0, 2), ...outputSize], copies),
    computed: () => reference(x.values, x.shape, options),
  };
}

const openForward = ({ x, options, computed, copies }: Problem): OpenRow => ({
  variants: [forward(maxPool2d, [x], options)],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const openBackward = ({ x, options, computed, dy, copies }: Problem): OpenRow => ({
  variants: [backward(maxPool2d, [x], options, { dy: dy.tensor, names: ["dx"], wanted: ["dx"] })],
  expected: () => new Map([["dx", repeat(computed().backward(dy.values).dx, copies)]]),
  tolerance: tolerances.short,
});
