import type { Pair } from "../../src/shape.ts";
import { batchNorm, type BatchNormOptions } from "./batchNorm.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import type { Reference } from "./reference.ts";

export interface DenseNormParameters {
  readonly w: Float64Array;
  readonly bias: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
}

export interface DenseNormOptions extends Omit<BatchNormOptions, "training"> {
  readonly rate: number;
  /** One flag an element, 0 where dropout takes it. */
  readonly keep: ArrayLike<number>;
}

export interface DenseNormGradients {
  readonly dx: Float64Array;
  readonly dw: Float64Array;
  readonly dbias: Float64Array;
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

export interface DenseNormReference extends Reference<DenseNormGradients> {
  /** The moving statistics afterwards. */
  readonly movingMean: Float64Array;
  readonly movingVariance: Float64Array;
}

/** dropout(batchNorm(relu(x w + bias))) in training, one definition after another. x `[N, in]`, w `[in, out]`. */
export function denseNorm(
  x: Float64Array,
  [batch, inputs]: Pair,
  { w, bias, gamma, beta }: DenseNormParameters,
  { rate, keep, ...norm }: DenseNormOptions,
): DenseNormReference {
  const shape = [batch, bias.length] as const;
  const product = dense(x, [batch, inputs], w, [inputs, bias.length], bias);
  const normal = batchNorm(product.y, shape, gamma, beta, { ...norm, training: true });
  const dropped = dropout(normal.y, shape, rate, keep);
  return {
    y: dropped.y,
    shape,
    movingMean: normal.movingMean,
    movingVariance: normal.movingVariance,
    backward(dy) {
      const { dx: dz, dgamma, dbeta } = normal.backward(dropped.backward(dy).dx);
      return { ...product.backward(dz), dgamma, dbeta };
    },
  };
}
