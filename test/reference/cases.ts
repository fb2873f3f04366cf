/**
 * The cases on which a reference is compared with central differences and with tfjs. The label says why each exists.
 * All are small: every value of the golden file is computed twice.
 */
import type { Pair, Padding, Shape } from "../../src/shape.ts";
import type { AdamOptions } from "./adam.ts";
import type { RmspropOptions } from "./rmsprop.ts";
import type { SgdOptions } from "./sgd.ts";

/** For `test.each` with "%s": vitest cuts long strings of "$label". */
export const byLabel = <Case extends { readonly label: string }>(cases: readonly Case[]): [string, Case][] =>
  cases.map((each) => [each.label, each]);

export interface Conv2dCase {
  readonly label: string;
  readonly x: Shape;
  readonly w: Shape;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly relu: boolean;
}

const conv = (
  label: string,
  x: Shape,
  w: Shape,
  strides: Pair = [1, 1],
  padding: Padding = "valid",
  relu = false,
): Conv2dCase => ({ label, x, w, strides, padding, relu });

export const conv2dCases: readonly Conv2dCase[] = [
  conv("R-Net's own: 3x3, stride 1, valid, batch 2", [2, 3, 6, 6], [4, 3, 3, 3]),
  conv("one input channel, as conv1", [2, 1, 5, 7], [3, 1, 3, 3]),
  conv("same with an even pad", [2, 2, 5, 4], [3, 2, 3, 3], [1, 1], "same"),
  conv("an even window: the odd pad goes below and to the right", [1, 2, 4, 5], [2, 2, 2, 4], [1, 1], "same"),
  conv("strided same with an odd pad", [2, 2, 6, 8], [3, 2, 3, 3], [2, 2], "same"),
  conv("nothing square", [1, 2, 7, 5], [3, 2, 3, 2], [2, 1], "same"),
  conv("strided valid leaves a row and a column over", [2, 2, 8, 6], [2, 2, 3, 3], [2, 2]),
  conv("strides beyond the window skip input", [1, 2, 7, 8], [2, 2, 2, 1], [3, 2]),
  conv("pointwise", [2, 5, 3, 4], [4, 5, 1, 1]),
  conv("pointwise with strides, as ResNet's shortcut", [1, 3, 5, 4], [2, 3, 1, 1], [2, 2], "same"),
  conv("one output pixel", [2, 3, 3, 2], [4, 3, 3, 2]),
  conv("same with a window larger than the input", [1, 1, 2, 3], [2, 1, 5, 5], [1, 1], "same"),
  conv("fused ReLU", [2, 2, 5, 4], [3, 2, 3, 3], [1, 1], "valid", true),
  conv("fused ReLU, strided, same", [2, 2, 5, 6], [3, 2, 3, 3], [2, 2], "same", true),
];

export interface SoftmaxCase {
  readonly label: string;
  readonly x: Shape;
  /** Of uniform inputs in [-scale, scale]. */
  readonly scale: number;
}

export const softmaxCases: readonly SoftmaxCase[] = [
  { label: "R-Net's outputs, an odd batch", x: [13, 3], scale: 2 },
  { label: "more rows than a workgroup has", x: [67, 5], scale: 2 },
  { label: "one output is always 1", x: [4, 1], scale: 2 },
  { label: "a wide row", x: [2, 131], scale: 4 },
  { label: "inputs whose exp overflows", x: [3, 7], scale: 300 },
];

export interface Crop2dCase {
  readonly label: string;
  readonly x: Shape;
  readonly size: Pair;
}

export const crop2dCases: readonly Crop2dCase[] = [
  { label: "two valid 3x3 convolutions", x: [2, 3, 10, 9], size: [6, 5] },
  { label: "odd numbers to drop: more below and to the right", x: [2, 2, 7, 9], size: [4, 2] },
  { label: "rows alone", x: [1, 3, 8, 5], size: [3, 5] },
  { label: "nothing to drop", x: [2, 1, 3, 4], size: [3, 4] },
  { label: "one pixel", x: [3, 2, 5, 6], size: [1, 1] },
];

export interface BatchNormCase {
  readonly label: string;
  readonly x: Shape;
  readonly epsilon: number;
  readonly momentum: number;
  readonly training: boolean;
  readonly relu: boolean;
}

/** Keras's defaults, in training. */
const norm = (label: string, x: Shape, options: Partial<BatchNormCase> = {}): BatchNormCase => ({
  label,
  x,
  epsilon: 1e-3,
  momentum: 0.99,
  training: true,
  relu: false,
  ...options,
});

export const batchNormCases: readonly BatchNormCase[] = [
  norm("per channel, planes that are not square", [3, 4, 5, 3]),
  norm("per feature", [7, 5]),
  norm("one pixel a plane: a channel is a feature", [4, 3, 1, 1]),
  norm("batch of one: the plane alone has statistics", [1, 2, 4, 3]),
  norm("the fewest values with a variance", [2, 3]),
  norm("another epsilon and momentum", [3, 2, 2, 3], { epsilon: 0.1, momentum: 0.6 }),
  norm("ReLU before, per channel", [2, 3, 4, 3], { relu: true }),
  norm("ReLU before, per feature", [6, 4], { relu: true }),
  norm("inference, per channel", [2, 3, 3, 4], { training: false }),
  norm("inference, per feature, ReLU before", [5, 4], { training: false, relu: true }),
];

export interface MaxPool2dCase {
  readonly label: string;
  readonly x: Shape;
  readonly window: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

const pool = (label: string, x: Shape, window: Pair, strides: Pair, padding: Padding = "valid"): MaxPool2dCase => ({
  label,
  x,
  window,
  strides,
  padding,
});

export const maxPool2dCases: readonly MaxPool2dCase[] = [
  pool("R-Net's own: 2x2, stride 2", [2, 3, 6, 8], [2, 2], [2, 2]),
  pool("an odd size drops its last row and column", [2, 2, 5, 7], [2, 2], [2, 2]),
  pool("overlapping windows share a maximum", [1, 2, 5, 5], [3, 3], [1, 1]),
  pool("nothing square", [2, 2, 7, 5], [3, 2], [2, 1], "same"),
  pool("the odd pad goes below and to the right", [1, 2, 4, 6], [3, 3], [2, 2], "same"),
  pool("strides beyond the window skip input", [1, 1, 9, 8], [2, 2], [3, 3]),
  pool("one window over all", [2, 2, 3, 4], [3, 4], [1, 1]),
];

export interface DenseCase {
  readonly label: string;
  readonly x: Pair;
  readonly outputs: number;
  readonly relu: boolean;
}

export const denseCases: readonly DenseCase[] = [
  { label: "odd sizes", x: [5, 7], outputs: 3, relu: false },
  { label: "batch of one", x: [1, 6], outputs: 4, relu: false },
  { label: "one input, one output", x: [3, 1], outputs: 1, relu: false },
  { label: "fused ReLU", x: [4, 9], outputs: 5, relu: true },
];

export interface DenseNormCase {
  readonly label: string;
  readonly x: Pair;
  readonly outputs: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly relu: boolean;
  readonly rate: number;
}

/** R-Net's own, with Keras's defaults. */
const denseNorm = (label: string, x: Pair, outputs: number, options: Partial<DenseNormCase> = {}): DenseNormCase => ({
  ...{ label, x, outputs, epsilon: 1e-3, momentum: 0.99, relu: true, rate: 0.3 },
  ...options,
});

export const denseNormCases: readonly DenseNormCase[] = [
  denseNorm("odd sizes", [5, 7], 3),
  denseNorm("four divides every size", [4, 8], 4),
  denseNorm("the fewest samples with a variance, one feature", [2, 3], 1),
  denseNorm("no dropout", [6, 7], 5, { rate: 0 }),
  denseNorm("no ReLU", [7, 4], 6, { relu: false }),
  denseNorm("neither, another epsilon and momentum", [3, 6], 2, { relu: false, rate: 0, epsilon: 0.1, momentum: 0.6 }),
];

export interface RmspropCase {
  readonly label: string;
  readonly options: RmspropOptions;
}

const rms = (label: string, options: Partial<RmspropOptions>): RmspropCase => ({
  label,
  options: {
    learningRate: 0.01,
    rho: 0.9,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
    epsilonPlacement: "inside",
    ...options,
  },
});

/** tfjs has epsilon inside the root only. */
export const rmspropCases: readonly RmspropCase[] = [
  rms("Keras's defaults", { learningRate: 0.001 }),
  rms("an epsilon as large as the squares: its place shows", { epsilon: 0.01 }),
  rms("momentum", { momentum: 0.7, rho: 0.8 }),
  rms("centered", { centered: true, epsilon: 0.01 }),
  rms("centered with momentum", { centered: true, epsilon: 0.01, momentum: 0.5 }),
];

export interface AdamCase {
  readonly label: string;
  readonly options: AdamOptions;
}

const adam = (label: string, options: Partial<AdamOptions>): AdamCase => ({
  label,
  options: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...options },
});

export const adamCases: readonly AdamCase[] = [
  adam("Keras's defaults", {}),
  adam("an epsilon as large as the root: its place shows", { learningRate: 0.01, epsilon: 0.01 }),
  adam("short memories", { learningRate: 0.01, beta1: 0.3, beta2: 0.5 }),
  adam("no memory of the gradient", { beta1: 0, beta2: 0.99 }),
];

export interface SgdCase {
  readonly label: string;
  readonly options: SgdOptions;
}

const sgd = (label: string, options: Partial<SgdOptions>): SgdCase => ({
  label,
  options: { learningRate: 0.01, momentum: 0, nesterov: false, ...options },
});

export const sgdCases: readonly SgdCase[] = [
  sgd("Keras's defaults", {}),
  sgd("momentum", { momentum: 0.9 }),
  sgd("Nesterov", { momentum: 0.7, nesterov: true }),
];
