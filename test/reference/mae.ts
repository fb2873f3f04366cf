import type { LossReference } from "./mse.ts";

/** Mean absolute error: the mean over all N * K elements of `[N, K]`; its subgradient where both are equal is 0. */
export function mae(prediction: Float64Array, target: Float64Array): LossReference {
  const difference = prediction.map((p, i) => p - target[i]);
  return {
    loss: difference.reduce((sum, d) => sum + Math.abs(d), 0) / difference.length,
    backward: () => ({ dprediction: difference.map((d) => Math.sign(d) / difference.length) }),
  };
}
