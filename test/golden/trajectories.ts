/**
 * Trajectories of small networks by tfjs: every optimizer, loss, head and option of a network once. What test and
 * generator both need to start from the same point, and the file.
 */
import { lossNames, type LossName } from "../../src/nn/losses.ts";
import type { OptimizerSettings } from "../../src/nn/optimizers/settings.ts";
import { modelOf, type Preset, presetOf } from "../../src/nn/preset.ts";
import { RandomStream } from "../../src/rng.ts";
import { sizeOf, type Shape } from "../../src/shape.ts";
import { readGolden, type GoldenSource } from "./codec.ts";

export const setup = { seed: 2024, outputs: 3, batchSize: 16, steps: 10 } as const;

export interface TrajectoryCase {
  readonly label: string;
  readonly preset: Preset;
}

const rmsprop = presetOf("tiny").optimizer;
const adam: OptimizerSettings = { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
/** At Keras's learning rate of 0.01 these ten steps are chaotic: pixels that move by 1e-7 move a loss by 40 %. */
const sgd: OptimizerSettings = { name: "sgd", learningRate: 0.001, momentum: 0, nesterov: false };

const tiny = (label: string, options: Partial<Preset> = {}): TrajectoryCase => ({
  label,
  preset: { ...presetOf("tiny"), size: 16, ...options },
});

const withLoss = (loss: LossName): TrajectoryCase => tiny(`RMSprop, ${loss}`, { loss });

export const trajectoryCases: readonly TrajectoryCase[] = [
  ...lossNames.map(withLoss),
  tiny("RMSprop with momentum, mse", { optimizer: { ...rmsprop, momentum: 0.9 } as OptimizerSettings }),
  tiny("Adam, mse", { optimizer: adam }),
  tiny("SGD, mse", { optimizer: sgd }),
  tiny("SGD with momentum, mse", { optimizer: { ...sgd, momentum: 0.9 } }),
  tiny("SGD with Nesterov's momentum, mse", { optimizer: { ...sgd, momentum: 0.9, nesterov: true } }),
  tiny("L1, SGD", { l1: 0.002, optimizer: sgd }),
  tiny("L2, SGD", { l2: 0.02, optimizer: sgd }),
  tiny("L1 and L2, RMSprop", { l1: 0.001, l2: 0.01 }),
  tiny("a ReLU head", { head: "relu" }),
  tiny("a softmax head", { head: "softmax" }),
  tiny("leaky ReLU", { activation: "leaky-relu" }),
  tiny("same padding", { padding: "same" }),
  { label: "the MNIST network", preset: { ...presetOf("mnist-net"), size: 16 } },
  {
    label: "R-Net with shortcuts",
    preset: {
      // At other sizes tfjs's first update of one tensor or another moves by more than 1 % when pixels move by 1e-6.
      ...{ ...presetOf("thesis-code"), size: 37, dropout: 0, skip: true },
      // At 0.001 these ten steps are chaotic too.
      optimizer: { ...rmsprop, learningRate: 1e-5 },
    },
  },
];

export interface NamedTensor {
  readonly name: string;
  readonly shape: Shape;
}

/** Parameters and moving statistics of a case in cellgrad's layout, with their values of the seed. */
export const initialTensors = ({ preset }: TrajectoryCase): (NamedTensor & { readonly values: Float32Array })[] =>
  [...modelOf(preset, setup.outputs).parameters.values()].map(({ name, tensor: { shape }, initializer }) => ({
    ...{ name, shape },
    values: initializer(setup.seed, name, shape),
  }));

/**
 * Images whose structure is their label: the three fractions are the contrasts of rows, of columns and of noise.
 * Batches are taken in order.
 */
export function trajectoryData({ preset: { size } }: TrajectoryCase) {
  const stream = new RandomStream(setup.seed, "golden/images");
  const count = setup.batchSize * setup.steps;
  const pixels = new Uint8Array(count * size * size);
  const labels = new Float32Array(count * setup.outputs);
  for (let n = 0; n < count; n++) {
    const draws = Array.from({ length: setup.outputs }, () => stream.uniform());
    const total = draws.reduce((sum, draw) => sum + draw, 0);
    const [rows, columns, noise] = draws.map((draw) => draw / total);
    labels.set([rows, columns, noise], n * setup.outputs);
    for (let i = 0; i < size * size; i++) {
      const [y, x] = [Math.floor(i / size), i % size];
      const value = rows * ((y >> 2) & 1) + columns * ((x >> 2) & 1) + noise * stream.uniform();
      pixels[n * size * size + i] = Math.min(255, Math.floor(value * 256));
    }
  }
  return { pixels, labels, images: Float32Array.from(pixels, (value) => value / 255) };
}

/** Of larger tensors as many elements are stored. */
const mostStored = 256;

/** The flat indices of the stored elements of a tensor, ascending. */
export function storedIndices({ name, shape }: NamedTensor): Uint32Array {
  const size = sizeOf(shape);
  if (size <= mostStored) return Uint32Array.from({ length: size }, (_, i) => i);
  return new RandomStream(setup.seed, `golden/indices/${name}`).permutation(size).subarray(0, mostStored).sort();
}

/** How one tensor moved in the first step: new - old. */
export interface FirstUpdate {
  readonly norm: number;
  /** At `storedIndices`. */
  readonly values: Float32Array;
}

export interface TrajectoryGolden {
  readonly label: string;
  /** Of each step before its update, penalties included. */
  readonly losses: readonly number[];
  /** How far tfjs's own losses move, relative to them, when each pixel moves by 1e-7. */
  readonly sensitivity: readonly number[];
  readonly updates: Readonly<Record<string, FirstUpdate>>;
}

export interface TrajectoryGoldens {
  readonly source: GoldenSource;
  readonly setup: typeof setup;
  readonly trajectories: readonly TrajectoryGolden[];
}

export const loadTrajectories = (): TrajectoryGoldens => readGolden("trajectories.json") as TrajectoryGoldens;
