import { crop2d } from "../../src/kernels/crop2d.ts";
import { type Pair, type Shape, showShape } from "../../src/shape.ts";
import { crop2d as reference } from "../../test/reference/crop2d.ts";
import { copiesOf, randomBatch, repeat } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of the shortcut around R-Net's second block, whose two valid convolutions take four rows, and an odd one. */
export function crop2dRows(shapes: Shapes): BenchRow[] {
  const [first] = rNetLayers("MaxPooling2D", shapes);
  const [, , height, width] = first.output;
  const kept: Pair = [height - 4, width - 4];
  return [
    ...rowsOf("block 2", first.output, kept, copiesOf(shapes.batch, true)),
    ...rowsOf("odd", [3, 5, 61, 47], [58, 31], 1),
  ];
}

function rowsOf(name: string, shape: Shape, size: Pair, copies: number): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "crop2d",
    label: `${pass} ${name}, ${showShape(shape)} to ${showShape(size)}`,
    open: () => open(problemOf(name, shape, size, copies)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape, size: Pair, copies: number) {
  const x = randomBatch(`${name} x`, shape, copies);
  const dy = randomBatch(`${name} dy`, [...shape.slice(0, 2), ...size], copies);
  return { x: x.tensor, dy, size, copies, computed: () => reference(x.values, x.shape, size) };
}

const openForward = ({ x, size, computed, copies }: Problem): OpenRow => ({
  variants: [forward(crop2d, [x], () => ({ size }))],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const openBackward = ({ x, dy, size, computed, copies }: Problem): OpenRow => ({
  variants: [backward(crop2d, [x], () => ({ size }), { dy: dy.tensor, names: ["dx"], wanted: ["dx"] })],
  expected: () => new Map([["dx", repeat(computed().backward(dy.values).dx, copies)]]),
  tolerance: tolerances.short,
});
