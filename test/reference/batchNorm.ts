import { sizeOf, type Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

export interface BatchNormOptions {
  readonly epsilon: number;
  /** The share of the old moving statistic that is kept. */
  readonly momentum: number;
  /** Normalise with the statistics of the batch and move the moving ones; otherwise use the moving ones as they are. */
  readonly training: boolean;
  readonly movingMean: Float64Array;
  readonly movingVariance: Float64Array;
  /** Normalise relu(x), the fused prologue; dx is with respect to x before the relu. */
  readonly relu?: boolean;
}

export interface BatchNormGradients {
  readonly dx: Float64Array;
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

export interface BatchNormReference extends Reference<BatchNormGradients> {
  /** The statistics that normalised: of the batch in training, else the moving ones. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** The moving statistics afterwards. */
  readonly movingMean: Float64Array;
  readonly movingVariance: Float64Array;
}

/**
 * Batch normalisation, as Keras's BatchNormalization: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per
 * channel of `[N, C, H, W]` or per feature of `[N, C]`. The variance is the biased one everywhere, also in the moving
 * statistic: moving = momentum * moving + (1 - momentum) * batch.
 */
export function batchNorm(
  x: Float64Array,
  shape: Shape,
  gamma: Float64Array,
  beta: Float64Array,
  options: BatchNormOptions,
): BatchNormReference {
  const { epsilon, momentum, training } = options;
  const count = sizeOf(shape) / shape[1];
  const channelOf = channelIndex(shape);
  const h = options.relu ? x.map((value) => Math.max(0, value)) : x;
  const { mean, variance } = training
    ? moments(h, shape)
    : { mean: options.movingMean, variance: options.movingVariance };
  const scale = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const normalized = h.map((value, i) => (value - mean[channelOf(i)]) * scale[channelOf(i)]);
  const move = (old: Float64Array, batch: Float64Array): Float64Array =>
    training ? old.map((value, c) => momentum * value + (1 - momentum) * batch[c]) : old;

  return {
    y: normalized.map((value, i) => gamma[channelOf(i)] * value + beta[channelOf(i)]),
    shape,
    mean,
    variance,
    movingMean: move(options.movingMean, mean),
    movingVariance: move(options.movingVariance, variance),
    backward(dy) {
      const dgamma = channelSums(
        dy.map((d, i) => d * normalized[i]),
        shape,
      );
      const dbeta = channelSums(dy, shape);
      const dx = dy.map((d, i) => {
        const c = channelOf(i);
        if (options.relu && x[i] <= 0) return 0;
        // In training the mean and the variance move with x: that takes dy's projections on 1 and on x away.
        const through = training ? (dbeta[c] + normalized[i] * dgamma[c]) / count : 0;
        return gamma[c] * scale[c] * (d - through);
      });
      return { dx, dgamma, dbeta };
    },
  };
}

/** Mean and biased variance per channel: the mean first, then the squares about it. */
function moments(h: Float64Array, shape: Shape): { mean: Float64Array; variance: Float64Array } {
  const count = sizeOf(shape) / shape[1];
  const channelOf = channelIndex(shape);
  const mean = channelSums(h, shape).map((sum) => sum / count);
  const squares = h.map((value, i) => (value - mean[channelOf(i)]) ** 2);
  return { mean, variance: channelSums(squares, shape).map((sum) => sum / count) };
}

function channelSums(values: Float64Array, shape: Shape): Float64Array {
  const sums = new Float64Array(shape[1]);
  const channelOf = channelIndex(shape);
  values.forEach((value, i) => (sums[channelOf(i)] += value));
  return sums;
}

/** The channel of element i of `[N, C, …]`. */
function channelIndex(shape: Shape): (i: number) => number {
  const plane = sizeOf(shape.slice(2));
  return (i) => Math.floor(i / plane) % shape[1];
}
