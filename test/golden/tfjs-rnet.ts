/** R-Net trained by tfjs from the initial weights and on the images of rnet.ts. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { RandomStream } from "../../src/rng.ts";
import type { RmspropOptions } from "../reference/rmsprop.ts";
import { norm, relativeDistance } from "../support/close.ts";
import type { GoldenSource } from "./codec.ts";
import {
  initialValues,
  rnetData,
  rnetSetup,
  rnetTensors,
  storedIndices,
  type RnetGolden,
  type RnetTensor,
  type UpdateGolden,
} from "./rnet.ts";
import { fromHwio, golden, tensorOf, toHwio, toNhwc } from "./tfjs-layout.ts";

type Snapshot = ReadonlyMap<string, Float32Array>;

type Summary = Pick<RnetGolden, "losses" | "outputs" | "updates" | "sensitivity">;

interface Trajectory {
  readonly losses: readonly number[];
  readonly outputs: RnetGolden["outputs"];
  /** The tensors, in cellgrad's layout, before the first step and after each. */
  readonly snapshots: readonly Snapshot[];
}

/**
 * tfjs's gradient of a convolution reads through `TensorBuffer.get`, whose bounds checks take most of the time.
 * The same element without the checks.
 */
export function readUnchecked(): void {
  tf.TensorBuffer.prototype.get = function <Value>(this: tf.TensorBuffer<tf.Rank>, ...at: number[]): Value {
    let index = at.length === 0 ? 0 : at[at.length - 1];
    for (let i = 0; i < at.length - 1; i++) index += this.strides[i] * at[i];
    return this.values[index] as Value;
  };
}

/** Moves every pixel by 1e-7, up or down at random. */
function perturb(images: Float32Array): Float32Array {
  const stream = new RandomStream(rnetSetup.seed, "golden/perturbation");
  return images.map((value) => value + (stream.uniform() < 0.5 ? -1e-7 : 1e-7));
}

function train({ learningRate, rho, momentum, epsilon }: RmspropOptions, images: Float32Array): Trajectory {
  const { batchSize, imageSize, outputs, steps } = rnetSetup;
  const { labels } = rnetData();
  const model = rnetModel();
  load(model);
  const optimizer = tf.train.rmsprop(learningRate, rho, momentum, epsilon);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const losses: number[] = [];
  const snapshots = [snapshot(model)];
  let firstOutputs: tf.Tensor | undefined;
  for (let step = 0; step < steps; step++) {
    const pixels = batchSize * imageSize ** 2;
    const x = toNhwc(
      tensorOf([batchSize, 1, imageSize, imageSize], images.subarray(step * pixels, (step + 1) * pixels)),
    );
    const values = batchSize * outputs;
    const target = tensorOf([batchSize, outputs], labels.subarray(step * values, (step + 1) * values));
    const loss = optimizer.minimize(
      () => {
        const prediction = model.apply(x, { training: true }) as tf.Tensor;
        firstOutputs ??= tf.keep(tf.clone(prediction));
        return tf.mean(tf.square(tf.sub(prediction, target)));
      },
      true,
      variables,
    );
    losses.push(loss?.dataSync()[0] ?? NaN);
    snapshots.push(snapshot(model));
    console.error(`step ${step + 1}: loss ${losses.at(-1)}`);
  }
  if (!firstOutputs) throw new Error("no step was taken");
  return { losses, outputs: golden(firstOutputs), snapshots };
}

/** Layers as in the thesis's Appendix I, named as in cellgrad's files; dropout left out. */
function rnetModel(): tfl.Sequential {
  const { batchNorm, convolutionFilters, denseUnits, imageSize, outputs } = rnetSetup;
  const model = tfl.sequential();
  convolutionFilters.forEach((filters, i) => {
    const input = i === 0 ? { inputShape: [imageSize, imageSize, 1] } : {};
    const name = `conv${i + 1}`;
    model.add(tfl.layers.conv2d({ name, filters, kernelSize: 3, padding: "valid", activation: "relu", ...input }));
    model.add(tfl.layers.batchNormalization({ name: `bn${i + 1}`, ...batchNorm }));
    if (i % 2 === 1) model.add(tfl.layers.maxPooling2d({ poolSize: 2 }));
  });
  model.add(tfl.layers.flatten());
  denseUnits.forEach((units, i) => {
    model.add(tfl.layers.dense({ name: `dense${i + 1}`, units, activation: "relu" }));
    model.add(tfl.layers.batchNormalization({ name: `bn${i + 7}`, ...batchNorm }));
  });
  model.add(tfl.layers.dense({ name: "output", units: outputs }));
  return model;
}

function byLayer(): ReadonlyMap<string, readonly RnetTensor[]> {
  const layers = new Map<string, RnetTensor[]>();
  for (const tensor of rnetTensors()) {
    const [layer] = tensor.name.split(".");
    layers.set(layer, [...(layers.get(layer) ?? []), tensor]);
  }
  return layers;
}

/** Both libraries list weight, bias and gamma, beta, moving mean, moving variance in this order. */
function load(model: tfl.Sequential): void {
  for (const [layer, tensors] of byLayer()) {
    model.getLayer(layer).setWeights(tensors.map((tensor) => toTfjs(tensor, initialValues(tensor))));
  }
}

function snapshot(model: tfl.Sequential): Snapshot {
  const values = new Map<string, Float32Array>();
  for (const [layer, tensors] of byLayer()) {
    const weights = model.getLayer(layer).getWeights();
    tensors.forEach((tensor, i) => values.set(tensor.name, golden(fromTfjs(tensor, weights[i])).values));
  }
  return values;
}

/** tfjs flattens in the order H, W, C: the rows of dense1 are permuted. */
const [channels, height, width] = rnetSetup.flattened;

function toTfjs({ name, shape }: RnetTensor, values: Float32Array): tf.Tensor {
  const planar = tensorOf(shape, values);
  if (shape.length === 4) return toHwio(planar);
  if (name !== "dense1.weight") return planar;
  return tf.reshape(tf.transpose(tf.reshape(planar, [channels, height, width, -1]), [1, 2, 0, 3]), [...shape]);
}

function fromTfjs({ name, shape }: RnetTensor, tensor: tf.Tensor): tf.Tensor {
  if (shape.length === 4) return fromHwio(tensor);
  if (name !== "dense1.weight") return tensor;
  return tf.reshape(tf.transpose(tf.reshape(tensor, [height, width, channels, -1]), [2, 0, 1, 3]), [...shape]);
}

/** Trains twice, on the images as they are and perturbed; what it returns gives the golden file of the first steps. */
export function rnetGoldens(optimizer: RmspropOptions, source: GoldenSource): (steps: number) => RnetGolden {
  const { images } = rnetData();
  const [base, perturbed] = [train(optimizer, images), train(optimizer, perturb(images))];
  return (steps) => ({ source, setup: rnetSetup, optimizer, ...summarize(base, perturbed, steps) });
}

function summarize(base: Trajectory, perturbed: Trajectory, steps: number): Summary {
  const losses = base.losses.slice(0, steps);
  const updates = rnetTensors().map((tensor): [string, UpdateGolden] => {
    const update = updateOf(base, tensor.name, steps);
    const values = Float32Array.from(storedIndices(tensor), (i) => update[i]);
    const sensitivity = relativeDistance(updateOf(perturbed, tensor.name, steps), update);
    return [tensor.name, { norm: norm(update), values, sensitivity }];
  });
  return {
    losses,
    outputs: base.outputs,
    updates: Object.fromEntries(updates),
    sensitivity: {
      losses: losses.map((loss, i) => Math.abs(perturbed.losses[i] - loss) / loss),
      outputs: relativeDistance(perturbed.outputs.values, base.outputs.values),
    },
  };
}

function updateOf({ snapshots }: Trajectory, name: string, steps: number): Float64Array {
  const [before, after] = [snapshots[0].get(name), snapshots[steps].get(name)];
  if (!before || !after) throw new Error(`no tensor ${name}`);
  return Float64Array.from(after, (value, i) => value - before[i]);
}
