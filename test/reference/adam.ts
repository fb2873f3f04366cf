export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What Adam keeps of one tensor between steps; all zero at first. */
export interface AdamState {
  /** Steps taken. */
  readonly steps: number;
  readonly mean: Float64Array;
  readonly meanSquare: Float64Array;
}

export const adamState = (size: number): AdamState => ({
  steps: 0,
  mean: new Float64Array(size),
  meanSquare: new Float64Array(size),
});

/**
 * One step of Keras's Adam on one tensor, returning the new tensor and state. In the longer form of Kingma and Ba's
 * Algorithm 1, w = w - learningRate m̂ / (sqrt(v̂) + e), with m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t), Keras's
 * "epsilon hat" is e = epsilon / sqrt(1 - beta2^t).
 *
 * Source: tf_keras/optimizers/adam.py.
 */
export function adam(
  w: Float64Array,
  g: Float64Array,
  state: AdamState,
  { learningRate, beta1, beta2, epsilon }: AdamOptions,
): { w: Float64Array; state: AdamState } {
  const steps = state.steps + 1;
  const [seen1, seen2] = [1 - beta1 ** steps, 1 - beta2 ** steps];
  const mean = state.mean.map((m, i) => beta1 * m + (1 - beta1) * g[i]);
  const meanSquare = state.meanSquare.map((v, i) => beta2 * v + (1 - beta2) * g[i] ** 2);
  const moved = w.map((value, i) => {
    const deviation = Math.sqrt(meanSquare[i] / seen2) + epsilon / Math.sqrt(seen2);
    return value - (learningRate * (mean[i] / seen1)) / deviation;
  });
  return { w: moved, state: { steps, mean, meanSquare } };
}
