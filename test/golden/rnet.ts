/**
 * R-Net's golden trajectories: what test and generator both need to start from the same point, and the files.
 *
 * The network is the preset `thesis-code` (the thesis's Appendix I: valid padding, ReLU, then batch normalisation) at
 * 64 x 64 pixels, without dropout.
 */
import { RandomStream } from "../../src/rng.ts";
import { sizeOf, type Shape } from "../../src/shape.ts";
import { norm, relativeDistance } from "../support/close.ts";
import type { RmspropOptions } from "../reference/rmsprop.ts";
import { readGolden, type GoldenSource, type GoldenTensor } from "./codec.ts";

export const rnetSetup = {
  seed: 2023,
  imageSize: 64,
  outputs: 3,
  batchSize: 16,
  steps: 10,
  batchNorm: { momentum: 0.99, epsilon: 1e-3 },
  convolutionFilters: [16, 16, 32, 32, 64, 64],
  denseUnits: [128, 64, 32],
  /** What the last pooling leaves: 64 channels of 4 x 4. */
  flattened: [64, 4, 4],
} as const;

/** Keras's defaults, which tfjs has with epsilon inside the root. */
export const rnetOptimizer: RmspropOptions = {
  learningRate: 0.001,
  rho: 0.9,
  momentum: 0,
  epsilon: 1e-7,
  centered: false,
  epsilonPlacement: "inside",
};

/**
 * At Keras's learning rate R-Net's first steps are chaotic: moving the pixels by 1e-7 moves the third loss by 0.6 % and
 * the sixth by 90 %, in float64 too. At this one, ten steps are well conditioned.
 */
export const smallLearningRate = 1e-5;

export interface RnetTensor {
  /** As in a run's `.safetensors`: `conv1.weight`, …, `bn9.movingVariance`, `output.bias`. */
  readonly name: string;
  readonly shape: Shape;
}

/** Parameters and moving statistics in the order of the layers, in cellgrad's layout. */
export function rnetTensors(): readonly RnetTensor[] {
  const tensors: RnetTensor[] = [];
  const block = (layer: string, weight: Shape, units: number, normalization?: string): void => {
    tensors.push({ name: `${layer}.weight`, shape: weight }, { name: `${layer}.bias`, shape: [units] });
    if (normalization === undefined) return;
    for (const kind of ["gamma", "beta", "movingMean", "movingVariance"]) {
      tensors.push({ name: `${normalization}.${kind}`, shape: [units] });
    }
  };
  let inputs = 1;
  rnetSetup.convolutionFilters.forEach((filters, i) => {
    block(`conv${i + 1}`, [filters, inputs, 3, 3], filters, `bn${i + 1}`);
    inputs = filters;
  });
  inputs = sizeOf(rnetSetup.flattened);
  rnetSetup.denseUnits.forEach((units, i) => {
    block(`dense${i + 1}`, [inputs, units], units, `bn${i + 7}`);
    inputs = units;
  });
  block("output", [inputs, rnetSetup.outputs], rnetSetup.outputs);
  return tensors;
}

/**
 * The initial value, the rule of src/nn/initializers.ts: gamma and the moving variance 1, biases, beta and the moving
 * mean 0. Weights are Glorot uniform: element i, in row-major order of cellgrad's layout, is float32((2 u - 1) limit)
 * with u the i-th uniform number of RandomStream(seed, "init/" + name) and limit = sqrt(6 / (fanIn + fanOut)), fans
 * kH kW Cin and kH kW Cout, or in and out.
 */
export function initialValues({ name, shape }: RnetTensor): Float32Array {
  if (name.endsWith(".gamma") || name.endsWith(".movingVariance")) return new Float32Array(sizeOf(shape)).fill(1);
  if (!name.endsWith(".weight")) return new Float32Array(sizeOf(shape));
  const taps = sizeOf(shape.slice(2));
  const limit = Math.sqrt(6 / (taps * (shape[0] + shape[1])));
  const stream = new RandomStream(rnetSetup.seed, `init/${name}`);
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * stream.uniform() - 1) * limit);
}

export interface RnetData {
  /** `[160, 1, 64, 64]`, 8-bit, row-major. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** pixels / 255, as float32. */
  readonly images: Float32Array;
  /** `[160, 3]`, each row summing to 1. */
  readonly labels: Float32Array;
}

/**
 * Images whose structure is their label: the three fractions are the contrasts of rows, of columns (both with a period
 * of 8 pixels) and of noise. Batches are taken in order, without shuffling.
 */
export function rnetData(): RnetData {
  const { imageSize, outputs, batchSize, steps, seed } = rnetSetup;
  const stream = new RandomStream(seed, "golden/images");
  const count = batchSize * steps;
  const pixels = new Uint8Array(count * imageSize * imageSize);
  const labels = new Float32Array(count * outputs);
  for (let n = 0, i = 0; n < count; n++) {
    const draws = Array.from({ length: outputs }, () => stream.uniform());
    const total = draws.reduce((sum, draw) => sum + draw, 0);
    const [rows, columns, noise] = draws.map((draw) => draw / total);
    labels.set([rows, columns, noise], n * outputs);
    for (let y = 0; y < imageSize; y++)
      for (let x = 0; x < imageSize; x++, i++) {
        const value = rows * ((y >> 2) & 1) + columns * ((x >> 2) & 1) + noise * stream.uniform();
        pixels[i] = Math.min(255, Math.floor(value * 256));
      }
  }
  return { pixels, images: Float32Array.from(pixels, (value) => value / 255), labels };
}

/** Tensors of up to this many elements are stored whole, of larger ones a random `sampleSize` elements. */
const largestWhole = 5000;
const sampleSize = 4096;

/** The flat indices of the stored elements of a tensor, ascending. */
export function storedIndices({ name, shape }: RnetTensor): Uint32Array {
  const size = sizeOf(shape);
  if (size <= largestWhole) return Uint32Array.from({ length: size }, (_, i) => i);
  const order = new RandomStream(rnetSetup.seed, `golden/indices/${name}`).permutation(size);
  return order.subarray(0, sampleSize).sort();
}

/** How one tensor moved: new - old, of which the elements at `storedIndices` are kept. */
export interface UpdateGolden {
  readonly norm: number;
  readonly values: Float32Array;
  /** tfjs's own relative distance when each pixel moves by 1e-7: below this no comparison says anything. */
  readonly sensitivity: number;
}

/** State after some steps. */
export interface RnetGolden {
  readonly source: GoldenSource;
  readonly setup: typeof rnetSetup;
  readonly optimizer: RmspropOptions;
  /** The loss of each step, before its update. */
  readonly losses: readonly number[];
  /** `[16, 3]`: what the network, in training mode, gives for the first batch before the first update. */
  readonly outputs: GoldenTensor;
  readonly updates: Readonly<Record<string, UpdateGolden>>;
  /** Relative: |change| / |value| of each loss, and of the outputs in the Euclidean norm. */
  readonly sensitivity: { readonly losses: readonly number[]; readonly outputs: number };
}

/** One step at Keras's learning rate. */
export const loadRnetOneStep = (): RnetGolden => readGolden("rnet-one-step.json") as RnetGolden;
/** Ten steps at Keras's learning rate: look at the sensitivity before comparing. */
export const loadRnetTenSteps = (): RnetGolden => readGolden("rnet-ten-steps.json") as RnetGolden;
/** Ten steps at `smallLearningRate`. */
export const loadRnetTenSmallSteps = (): RnetGolden => readGolden("rnet-ten-small-steps.json") as RnetGolden;

/** How far an update (new - old, every element) is from the golden one, relative to it. */
export function updateDistance(
  tensor: RnetTensor,
  update: ArrayLike<number>,
  golden: UpdateGolden,
): { readonly stored: number; readonly norm: number } {
  const stored = Float64Array.from(storedIndices(tensor), (i) => update[i]);
  return {
    stored: relativeDistance(stored, golden.values),
    norm: relativeDistance([norm(update)], [golden.norm]),
  };
}
