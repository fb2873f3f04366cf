export interface LossReference {
  readonly loss: number;
  /** The gradient of the loss. */
  readonly backward: () => { readonly dprediction: Float64Array };
}

/** Mean squared error: the mean over all N * K elements of `[N, K]`; gradient 2 (prediction - target) / (N K). */
export function mse(prediction: Float64Array, target: Float64Array): LossReference {
  const difference = prediction.map((p, i) => p - target[i]);
  return {
    loss: difference.reduce((sum, d) => sum + d * d, 0) / difference.length,
    backward: () => ({ dprediction: difference.map((d) => (2 * d) / difference.length) }),
  };
}
