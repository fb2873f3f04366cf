/** What has state in tfjs: batch normalisation with its moving statistics, and the optimizers. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { adamCases, batchNormCases, rmspropCases, sgdCases } from "../reference/cases.ts";
import type { OpGoldens } from "./ops.ts";
import { drawer, goldens, toNhwc, toPlanar } from "./tfjs-layout.ts";

export function batchNormGoldens(): OpGoldens["batchNorm"] {
  return batchNormCases.map(({ label, x: shape, ...options }, index) => {
    const seed = 5000 + index;
    const draw = drawer(seed);
    const planar = shape.length === 4;
    const channels = shape[1];
    const state = {
      gamma: draw([channels], 0.5, 1.5),
      beta: draw([channels]),
      movingMean: draw([channels]),
      movingVariance: draw([channels], 0.5, 2),
    };
    const layer = tfl.layers.batchNormalization({ epsilon: options.epsilon, momentum: options.momentum });
    layer.build(planar ? [null, null, null, channels] : [null, channels]);
    layer.setWeights(Object.values(state));

    const x = tf.variable(draw(shape, -2, 3));
    const dy = draw(shape);
    const [gamma, beta] = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    let y: tf.Tensor = x;
    const { grads } = tf.variableGrads(() => {
      const h = options.relu ? tf.relu(x) : x;
      const normalized = layer.apply(planar ? toNhwc(h) : h, { training: options.training }) as tf.Tensor;
      y = tf.keep(planar ? toPlanar(normalized) : normalized);
      return tf.sum(tf.mul(y, dy));
    }, [x, gamma, beta]);
    const [dx, dgamma, dbeta] = [x, gamma, beta].map(({ name }) => grads[name]);
    const [, , newMovingMean, newMovingVariance] = layer.getWeights();
    const outputs = { y, dx, dgamma, dbeta, newMovingMean, newMovingVariance };
    return { label, seed, options, tensors: goldens({ x, dy, ...state, ...outputs }) };
  });
}

/**
 * Four steps on nine elements, whose gradients span the sizes at which an epsilon does not and does matter.
 *
 * @param before may change the optimizer before a step, counted from 0.
 */
function trajectory(seed: number, optimizer: tf.Optimizer, before: (step: number) => void = () => undefined) {
  const [steps, size] = [4, 9];
  const draw = drawer(seed);
  const initial = draw([size]);
  const scales = tf.tensor1d([0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 1, 10]);
  const gradients = tf.mul(draw([steps, size]), scales);
  const w = tf.variable(initial);
  const trained = tf.unstack(gradients).map((gradient, step) => {
    before(step);
    optimizer.applyGradients({ [w.name]: gradient });
    return tf.clone(w);
  });
  return goldens({ initial, gradients, trained: tf.stack(trained) });
}

export function rmspropGoldens(): OpGoldens["rmsprop"] {
  return rmspropCases.map(({ label, options }, index) => {
    const seed = 6000 + index;
    const { learningRate, rho, momentum, epsilon, centered } = options;
    // tfjs's centered branch computes v - (m² + epsilon) where Keras has v - m² + epsilon.
    const optimizer = tf.train.rmsprop(learningRate, rho, momentum, centered ? -epsilon : epsilon, centered);
    return { label, seed, options, tensors: trajectory(seed, optimizer) };
  });
}

export function adamGoldens(): OpGoldens["adam"] {
  return adamCases.map(({ label, options }, index) => {
    const seed = 7000 + index;
    const { learningRate, beta1, beta2, epsilon } = options;
    const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
    // tfjs adds epsilon to the root of the corrected mean, Keras to that of the mean itself.
    const setEpsilon = (step: number): void => {
      Object.assign(optimizer, { epsilon: epsilon / Math.sqrt(1 - beta2 ** (step + 1)) });
    };
    return { label, seed, options, tensors: trajectory(seed, optimizer, setEpsilon) };
  });
}

export function sgdGoldens(): OpGoldens["sgd"] {
  return sgdCases.map(({ label, options }, index) => {
    const seed = 8000 + index;
    const { learningRate, momentum, nesterov } = options;
    const optimizer = momentum > 0 ? tf.train.momentum(learningRate, momentum, nesterov) : tf.train.sgd(learningRate);
    return { label, seed, options, tensors: trajectory(seed, optimizer) };
  });
}
