/** Between cellgrad's planar layout and tfjs's channels-last one. Both are differentiable, so gradients come out planar. */
import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "../../src/shape.ts";
import { uniform } from "../support/values.ts";
import type { GoldenTensor } from "./codec.ts";

const permuted = (tensor: tf.Tensor, order: number[]): tf.Tensor4D => tf.transpose(tensor as tf.Tensor4D, order);

export const toNhwc = (planar: tf.Tensor): tf.Tensor4D => permuted(planar, [0, 2, 3, 1]);
export const toPlanar = (nhwc: tf.Tensor): tf.Tensor4D => permuted(nhwc, [0, 3, 1, 2]);
/** Convolution weights: [Cout, Cin, kH, kW] to [kH, kW, Cin, Cout], and back. */
export const toHwio = (planar: tf.Tensor): tf.Tensor4D => permuted(planar, [2, 3, 1, 0]);
export const fromHwio = (hwio: tf.Tensor): tf.Tensor4D => permuted(hwio, [3, 2, 0, 1]);

export const tensorOf = (shape: Shape, values: ArrayLike<number>): tf.Tensor =>
  tf.tensor(Float32Array.from(values), [...shape], "float32");

export const golden = (tensor: tf.Tensor): GoldenTensor => ({
  shape: tensor.shape,
  values: Float32Array.from(tensor.dataSync()),
});

export function goldens<Names extends string>(tensors: Record<Names, tf.Tensor>): Record<Names, GoldenTensor> {
  const entries = Object.entries<tf.Tensor>(tensors).map(([name, tensor]) => [name, golden(tensor)]);
  return Object.fromEntries(entries) as Record<Names, GoldenTensor>;
}

/** Draws one tensor after another of uniform numbers, each from its own stream. */
export function drawer(seed: number): (shape: Shape, low?: number, high?: number) => tf.Tensor {
  let tensors = 0;
  return (shape, low = -1, high = 1) => tensorOf(shape, uniform(shape, seed * 100 + tensors++, low, high));
}
