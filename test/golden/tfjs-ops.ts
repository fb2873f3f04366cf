/** Forward values and gradients of single ops by tfjs, for the cases of the reference. */
import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "../../src/shape.ts";
import { conv2dCases, denseCases, maxPool2dCases, softmaxCases } from "../reference/cases.ts";
import { distinct } from "../support/values.ts";
import type { LossGolden, OpGoldens } from "./ops.ts";
import { drawer, golden, goldens, tensorOf, toHwio, toNhwc, toPlanar } from "./tfjs-layout.ts";

export function convolutionGoldens(): OpGoldens["conv2d"] {
  return conv2dCases.map(({ label, x: xShape, w: wShape, strides, padding, relu }, index) => {
    const seed = 1000 + index;
    const draw = drawer(seed);
    const [x, w, bias] = [draw(xShape), draw(wShape), draw([wShape[0]])];
    const convolve = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
      const z = tf.add(tf.conv2d(toNhwc(x), toHwio(w), [...strides], padding), bias);
      return toPlanar(relu ? tf.relu(z) : z);
    };
    const y = convolve(x, w, bias);
    const dy = draw(y.shape);
    const [dx, dw, dbias] = tf.grads(convolve)([x, w, bias], dy);
    const tensors = { x, w, bias, dy, y, dx, dw, dbias };
    return { label, seed, options: { strides, padding, relu }, tensors: goldens(tensors) };
  });
}

/** Every case twice: without ties, and with values that tie in almost every window. */
export function poolGoldens(): OpGoldens["maxPool2d"] {
  return maxPool2dCases.flatMap(({ label, x: xShape, window, strides, padding }, index) => {
    const seed = 2000 + index;
    const draw = drawer(seed);
    const pool = (x: tf.Tensor): tf.Tensor => toPlanar(tf.maxPool(toNhwc(x), [...window], [...strides], padding));
    const goldenOf = (label: string, x: tf.Tensor): OpGoldens["maxPool2d"][number] => {
      const y = pool(x);
      const dy = draw(y.shape);
      const dx = tf.grad(pool)(x, dy);
      return { label, seed, options: { window, strides, padding }, tensors: goldens({ x, dy, y, dx }) };
    };
    return [
      goldenOf(label, tensorOf(xShape, distinct(xShape, seed))),
      goldenOf(`${label}; with ties`, tf.floor(draw(xShape, -3, 0))),
    ];
  });
}

export function denseGoldens(): OpGoldens["dense"] {
  return denseCases.map(({ label, x: xShape, outputs, relu }, index) => {
    const seed = 3000 + index;
    const draw = drawer(seed);
    const [x, w, bias] = [draw(xShape), draw([xShape[1], outputs]), draw([outputs])];
    const dense = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
      const z = tf.add(tf.matMul(x, w), bias);
      return relu ? tf.relu(z) : z;
    };
    const y = dense(x, w, bias);
    const dy = draw(y.shape);
    const [dx, dw, dbias] = tf.grads(dense)([x, w, bias], dy);
    return { label, seed, options: { relu }, tensors: goldens({ x, w, bias, dy, y, dx, dw, dbias }) };
  });
}

export function activationGoldens(): Pick<
  OpGoldens,
  "relu" | "leakyRelu" | "softmax" | "dropout" | "mse" | "mae" | "huber"
> {
  const shape: Shape = [3, 2, 4, 3];
  /** Of both signs, and exactly zero where rounding makes it so. */
  const draw = drawer(4000);
  const x = tf.div(tf.round(draw(shape, -4, 4)), 4);
  const dy = draw(shape);
  const elementwise = (f: (x: tf.Tensor) => tf.Tensor) => goldens({ x, dy, y: f(x), dx: tf.grad(f)(x, dy) });
  const common = { label: "both signs and zero", seed: 4000 };
  const rate = 0.3;
  /** tfjs draws the same mask for the same seed. */
  const dropout = (x: tf.Tensor): tf.Tensor => tf.dropout(x, rate, undefined, 7);
  const keep = tf.cast(tf.notEqual(dropout(tf.onesLike(x)), 0), "float32");
  const [prediction, target] = [draw([5, 3]), draw([5, 3], 0, 1)];
  const lossGoldens = (lossOf: (target: tf.Tensor, prediction: tf.Tensor) => tf.Scalar): readonly LossGolden[] => {
    const f = (prediction: tf.Tensor): tf.Scalar => lossOf(target, prediction);
    const tensors = { prediction, target, loss: f(prediction), dprediction: tf.grad(f)(prediction) };
    return [{ label: "three outputs, an odd batch", seed: 4000, options: {}, tensors: goldens(tensors) }];
  };
  return {
    relu: [{ ...common, options: {}, tensors: elementwise((x) => tf.relu(x)) }],
    leakyRelu: [{ ...common, options: { alpha: 0.3 }, tensors: elementwise((x) => tf.leakyRelu(x, 0.3)) }],
    softmax: softmaxGoldens(),
    dropout: [{ ...common, options: { rate }, tensors: { ...elementwise(dropout), keep: golden(keep) } }],
    mse: lossGoldens((target, prediction) => tf.losses.meanSquaredError(target, prediction)),
    mae: lossGoldens((target, prediction) => tf.losses.absoluteDifference(target, prediction)),
    huber: lossGoldens((target, prediction) => tf.losses.huberLoss(target, prediction)),
  };
}

function softmaxGoldens(): OpGoldens["softmax"] {
  return softmaxCases.map(({ label, x: shape, scale }, index) => {
    const seed = 9000 + index;
    const draw = drawer(seed);
    const [x, dy] = [draw(shape, -scale, scale), draw(shape)];
    const f = (x: tf.Tensor): tf.Tensor => tf.softmax(x);
    return { label, seed, options: {}, tensors: goldens({ x, dy, y: f(x), dx: tf.grad(f)(x, dy) }) };
  });
}
