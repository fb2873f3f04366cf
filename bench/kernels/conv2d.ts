import { conv2d } from "../../src/kernels/conv2d.ts";
import { type Padding, type Pair, type Shape, showShape, window2d } from "../../src/shape.ts";
import { conv2d as reference } from "../../test/reference/conv2d.ts";
import { copiesOf, randomBatch, randomInput, repeat, scale } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

interface Convolution {
  readonly name: string;
  readonly x: Shape;
  /** [Cout, Cin, kH, kW]. */
  readonly w: Shape;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly copies: number;
  /** Nobody asks for the gradient of the images. */
  readonly first: boolean;
}

/** Forward, data gradient and weight gradient of R-Net's convolutions, and of some that divide nothing evenly. */
export function conv2dRows(shapes: Shapes): BenchRow[] {
  const copies = copiesOf(shapes.batch, true);
  const ofRNet = rNetLayers("Conv2D", shapes).map(({ name, input, output, weights }, i): Convolution => {
    const padding = output[2] === input[2] ? "same" : "valid";
    return { name, x: input, w: weights, strides: [1, 1], padding, copies, first: i === 0 };
  });
  return [...ofRNet, ...odd].flatMap(rowsOf);
}

const alone = { copies: 1, first: false } as const;

const odd: readonly Convolution[] = [
  { name: "strided", x: [3, 5, 37, 29], w: [7, 5, 3, 3], strides: [2, 2], padding: "same", ...alone },
  { name: "nothing square", x: [3, 6, 31, 45], w: [10, 6, 5, 2], strides: [1, 1], padding: "same", ...alone },
];

function rowsOf(convolution: Convolution): BenchRow[] {
  const { name, x, w, first } = convolution;
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "conv2d",
    label: `${pass} ${name}, ${showShape(x)} * ${showShape(w)}`,
    open: () => open(problemOf(convolution)),
  });
  const dataGradient = row("data gradient", openDataGradient);
  return [row("forward", openForward), ...(first ? [] : [dataGradient]), row("weight gradient", openWeightGradient)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf({ name, x: shape, w: weightShape, strides, padding, copies }: Convolution) {
  const x = randomBatch(`${name} x`, shape, copies);
  const w = randomInput(`${name} w`, weightShape, -0.2, 0.2);
  const bias = randomInput(`${name} bias`, [weightShape[0]]);
  const { outputSize } = window2d(name, shape, [weightShape[2], weightShape[3]], strides, padding);
  const dy = randomBatch(`${name} dy`, [shape[0], weightShape[0], ...outputSize], copies);
  const inputs = [x.tensor, w.tensor, bias.tensor] as const;
  return {
    inputs,
    options: () => ({ strides, padding, relu: false }),
    copies,
    dy,
    computed: () => reference(x.values, x.shape, w.values, weightShape, bias.values, { strides, padding }),
  };
}

const openForward = ({ inputs, options, computed, copies }: Problem): OpenRow => ({
  variants: [forward(conv2d, inputs, options)],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const names = ["dx", "dw", "db"];

const openDataGradient = ({ inputs, options, computed, dy, copies }: Problem): OpenRow => ({
  variants: [backward(conv2d, inputs, options, { dy: dy.tensor, names, wanted: ["dx"] })],
  expected: () => new Map([["dx", repeat(computed().backward(dy.values).dx, copies)]]),
  tolerance: tolerances.short,
});

const openWeightGradient = ({ inputs, options, computed, dy, copies }: Problem): OpenRow => ({
  variants: [backward(conv2d, inputs, options, { dy: dy.tensor, names, wanted: ["dw", "db"] })],
  expected: () => {
    const { dw, dbias } = computed().backward(dy.values);
    return new Map([
      ["dw", scale(dw, copies)],
      ["db", scale(dbias, copies)],
    ]);
  },
  tolerance: tolerances.long,
});
