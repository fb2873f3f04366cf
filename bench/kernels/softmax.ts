import { softmax } from "../../src/kernels/softmax.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { softmax as reference } from "../../test/reference/softmax.ts";
import { randomInput } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { outputs } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes over R-Net's outputs, and over more of them. */
export const softmaxRows = ({ batch }: Shapes): BenchRow[] => [
  ...rowsOf("R-Net's", [batch, outputs]),
  ...rowsOf("odd", [37, 19]),
];

function rowsOf(name: string, shape: Shape): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "softmax",
    label: `${pass} ${name}, ${showShape(shape)}`,
    open: () => open(problemOf(name, shape)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape) {
  const x = randomInput(`${name} x`, shape);
  const dy = randomInput(`${name} dy`, shape);
  return { x: x.tensor, dy, computed: () => reference(x.values, shape) };
}

const openForward = ({ x, computed }: Problem): OpenRow => ({
  variants: [forward(softmax, [x], () => ({}))],
  expected: () => new Map([["y", computed().y]]),
  tolerance: tolerances.short,
});

const openBackward = ({ x, dy, computed }: Problem): OpenRow => ({
  variants: [backward(softmax, [x], () => ({}), { dy: dy.tensor, names: ["dx"], wanted: ["dx"] })],
  expected: () => new Map([["dx", computed().backward(dy.values).dx]]),
  tolerance: tolerances.short,
});
