import type { LossReference } from "./mse.ts";

/**
 * Huber's loss with delta = 1: the mean over all N * K elements of `[N, K]` of q² / 2 + (|d| - q), where q is |d| and at
 * most 1.
 */
export function huber(prediction: Float64Array, target: Float64Array): LossReference {
  const difference = prediction.map((p, i) => p - target[i]);
  const lossOf = (d: number): number => {
    const quadratic = Math.min(Math.abs(d), 1);
    return quadratic ** 2 / 2 + (Math.abs(d) - quadratic);
  };
  return {
    loss: difference.reduce((sum, d) => sum + lossOf(d), 0) / difference.length,
    backward: () => ({
      dprediction: difference.map((d) => (Math.abs(d) <= 1 ? d : Math.sign(d)) / difference.length),
    }),
  };
}
