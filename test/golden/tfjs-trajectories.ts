/** Trains the networks of `trajectories.ts` with tfjs, from the same weights and on the same images. */
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { modelOf, type Preset } from "../../src/nn/preset.ts";
import { RandomStream } from "../../src/rng.ts";
import { norm } from "../support/close.ts";
import { kernelsOf, smallNetwork } from "./tfjs-small-networks.ts";
import { fromHwio, golden, tensorOf, toHwio, toNhwc } from "./tfjs-layout.ts";
import {
  initialTensors,
  type NamedTensor,
  setup,
  storedIndices,
  trajectoryCases,
  type TrajectoryCase,
  trajectoryData,
  type TrajectoryGolden,
} from "./trajectories.ts";

/** tfjs flattens in the order H, W, C: the rows of dense1 are permuted. [C, H, W] of what is flattened. */
const flattenedOf = ({ preset }: TrajectoryCase): readonly number[] =>
  modelOf(preset, setup.outputs).layers.find(({ layer }) => layer.type === "Flatten")!.input;

function toTfjs({ name, shape }: NamedTensor, values: Float32Array, [c, h, w]: readonly number[]): tf.Tensor {
  const planar = tensorOf(shape, values);
  if (shape.length === 4) return toHwio(planar);
  if (name !== "dense1.weight") return planar;
  return tf.reshape(tf.transpose(tf.reshape(planar, [c, h, w, -1]), [1, 2, 0, 3]), [...shape]);
}

function fromTfjs({ name, shape }: NamedTensor, tensor: tf.Tensor, [c, h, w]: readonly number[]): Float32Array {
  if (shape.length === 4) return golden(fromHwio(tensor)).values;
  if (name !== "dense1.weight") return golden(tensor).values;
  return golden(tf.transpose(tf.reshape(tensor, [h, w, c, -1]), [2, 0, 1, 3])).values;
}

/** The optimizer of a preset, and what has to be set before a step counted from 0. */
function optimizerOf({ optimizer: own }: Preset): { optimizer: tf.Optimizer; before: (step: number) => void } {
  const before = (): void => undefined;
  if (own.name === "rmsprop") {
    const { learningRate, rho, momentum, epsilon } = own;
    return { optimizer: tf.train.rmsprop(learningRate, rho, momentum, epsilon), before };
  }
  if (own.name === "sgd") {
    const { learningRate, momentum, nesterov } = own;
    const plain = momentum === 0;
    return {
      optimizer: plain ? tf.train.sgd(learningRate) : tf.train.momentum(learningRate, momentum, nesterov),
      before,
    };
  }
  const { learningRate, beta1, beta2, epsilon } = own;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  // tfjs adds epsilon to the root of the corrected mean, Keras to that of the mean itself.
  const setEpsilon = (step: number) =>
    void Object.assign(optimizer, { epsilon: epsilon / Math.sqrt(1 - beta2 ** (step + 1)) });
  return { optimizer, before: setEpsilon };
}

const losses = {
  mse: (target: tf.Tensor, p: tf.Tensor): tf.Scalar => tf.losses.meanSquaredError(target, p),
  mae: (target: tf.Tensor, p: tf.Tensor): tf.Scalar => tf.losses.absoluteDifference(target, p),
  huber: (target: tf.Tensor, p: tf.Tensor): tf.Scalar => tf.losses.huberLoss(target, p),
};

function penaltyOf(model: tfl.LayersModel, { l1, l2 }: Preset): tf.Scalar {
  const penalties = kernelsOf(model).map((w) =>
    tf.add(tf.mul(l1, tf.sum(tf.abs(w))), tf.mul(l2, tf.sum(tf.square(w)))),
  );
  return tf.addN(penalties) as tf.Scalar;
}

function train(own: TrajectoryCase, images: Float32Array, labels: Float32Array) {
  const { preset } = own;
  const tensors = initialTensors(own);
  const flattened = flattenedOf(own);
  const model = smallNetwork(preset);
  for (const name of new Set(tensors.map(({ name }) => name.split(".")[0]))) {
    const mine = tensors.filter((tensor) => tensor.name.startsWith(`${name}.`));
    model.getLayer(name).setWeights(mine.map((tensor) => toTfjs(tensor, tensor.values, flattened)));
  }
  const { optimizer, before } = optimizerOf(preset);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const [pixels, values] = [setup.batchSize * preset.size ** 2, setup.batchSize * setup.outputs];
  const trained: number[] = [];
  let first: ReadonlyMap<string, Float32Array> | undefined;
  for (let step = 0; step < setup.steps; step++) {
    const batch = images.subarray(step * pixels, (step + 1) * pixels);
    const x = toNhwc(tensorOf([setup.batchSize, 1, preset.size, preset.size], batch));
    const target = tensorOf([setup.batchSize, setup.outputs], labels.subarray(step * values, (step + 1) * values));
    before(step);
    const lossOf = () =>
      tf.add(losses[preset.loss](target, model.apply(x, { training: true }) as tf.Tensor), penaltyOf(model, preset));
    trained.push(optimizer.minimize(lossOf as () => tf.Scalar, true, variables)!.dataSync()[0]);
    first ??= new Map(
      tensors.map((tensor) => {
        const [layer] = tensor.name.split(".");
        const mine = tensors.filter(({ name }) => name.startsWith(`${layer}.`));
        return [tensor.name, fromTfjs(tensor, model.getLayer(layer).getWeights()[mine.indexOf(tensor)], flattened)];
      }),
    );
  }
  return { losses: trained, first: first!, tensors };
}

function trajectoryOf(own: TrajectoryCase): TrajectoryGolden {
  const { images, labels } = trajectoryData(own);
  const stream = new RandomStream(setup.seed, "golden/perturbation");
  const perturbed = images.map((value) => value + (stream.uniform() < 0.5 ? -1e-7 : 1e-7));
  const { losses, first, tensors } = train(own, images, labels);
  const moved = train(own, perturbed, labels).losses;
  const sensitivity = losses.map((loss, i) => Math.abs(moved[i] - loss) / loss);
  console.error(`${own.label}: ${losses.map((loss) => loss.toFixed(4)).join(" ")}, ${Math.max(...sensitivity)}`);
  const updates = tensors.map((tensor) => {
    const update = first.get(tensor.name)!.map((value, i) => value - tensor.values[i]);
    return [tensor.name, { norm: norm(update), values: Float32Array.from(storedIndices(tensor), (i) => update[i]) }];
  });
  return { label: own.label, losses, sensitivity, updates: Object.fromEntries(updates) as TrajectoryGolden["updates"] };
}

export const trajectoryGoldens = (): TrajectoryGolden[] => trajectoryCases.map(trajectoryOf);
