import type * as Jax from "@jax-js/jax";
import type { Padding } from "../../src/shape.ts";
import { isPooled, rnet } from "./rnet.ts";

/** By cellgrad's names. */
export type Tensors = Record<string, Jax.Array>;

/** The batch norm `layer` over `axes`. */
export type Normalize = (layer: string, x: Jax.Array, axes: number[]) => Jax.Array;

/**
 * R-Net's predictions of images; uses each weight once. An array is consumed by its use; `.ref` is a use that leaves it.
 */
export function jaxNetwork(
  jax: typeof Jax,
  padding: Padding,
  normalize: Normalize,
): (weights: Tensors, images: Jax.Array) => Jax.Array {
  const { numpy: np, lax, nn } = jax;
  const convolve = convolution(jax, padding);
  return (weights, images) => {
    let x = images;
    rnet.filters.forEach((filters, i) => {
      const layer = `conv${i + 1}`;
      const bias = weights[`${layer}.bias`].reshape([1, filters, 1, 1]);
      x = nn.relu(convolve(x, weights[`${layer}.weight`]).add(bias));
      x = normalize(`bn${i + 1}`, x, [0, 2, 3]);
      if (isPooled(i)) x = lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2]);
    });
    x = x.reshape([x.shape[0], -1]);
    rnet.units.forEach((_, i) => {
      x = nn.relu(np.matmul(x, weights[`dense${i + 1}.weight`]).add(weights[`dense${i + 1}.bias`]));
      x = normalize(`bn${rnet.filters.length + i + 1}`, x, [0]);
    });
    return np.matmul(x, weights["output.weight"]).add(weights["output.bias"]);
  };
}

/** A jitted forward pass in evaluation mode. */
export function jaxInference(
  jax: typeof Jax,
  padding: Padding,
): (weights: Tensors, statistics: Tensors, images: Jax.Array) => Jax.Array {
  return jax.jit((weights: Tensors, statistics: Tensors, images: Jax.Array) =>
    jaxNetwork(jax, padding, movingNorm(jax, weights, statistics))(weights, images),
  );
}

/** Batch norm by the moving statistics. */
function movingNorm({ numpy: np }: typeof Jax, weights: Tensors, statistics: Tensors): Normalize {
  return (layer, x, axes) => {
    const shape = x.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
    const mean = statistics[`${layer}.movingMean`].reshape(shape);
    const variance = statistics[`${layer}.movingVariance`].reshape(shape);
    const root = np.sqrt(variance.add(rnet.batchNorm.epsilon));
    const scale = weights[`${layer}.gamma`].reshape(shape).div(root);
    return x.sub(mean).mul(scale).add(weights[`${layer}.beta`].reshape(shape));
  };
}

/**
 * A 3x3 convolution that is mapped over the images. The filter gradient of a whole batch is wrong in version 0.1.25 where
 * a stride of its kernel passes 2^31 and wraps: with 8 images of 128 x 128 under "same" it is 8 * (130 * 129)^2. Mapped,
 * the gradient is right, and no slower.
 */
function convolution({ lax, vmap }: typeof Jax, padding: Padding): (x: Jax.Array, weight: Jax.Array) => Jax.Array {
  const pad = padding === "same" ? "SAME" : "VALID";
  const ofOne = vmap((image: Jax.Array, weight: Jax.Array) => lax.conv(image, weight, [1, 1], pad), [0, null]);
  return (x, weight) => {
    const [batch, ...image] = x.shape;
    const y = ofOne(x.reshape([batch, 1, ...image]), weight);
    return y.reshape([batch, ...y.shape.slice(2)]);
  };
}
