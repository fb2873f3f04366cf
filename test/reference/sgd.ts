export interface SgdOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/**
 * One step of Keras's SGD on one tensor, returning the new tensor and velocity, which is zero at first:
 * velocity = momentum velocity - learningRate g; w = w + velocity, or with nesterov w + momentum velocity - learningRate g.
 * Without momentum that is w - learningRate g.
 *
 * Source: tf_keras/optimizers/sgd.py.
 */
export function sgd(
  w: Float64Array,
  g: Float64Array,
  velocity: Float64Array,
  { learningRate, momentum, nesterov }: SgdOptions,
): { w: Float64Array; velocity: Float64Array } {
  const moved = velocity.map((old, i) => momentum * old - learningRate * g[i]);
  const step = nesterov ? moved.map((v, i) => momentum * v - learningRate * g[i]) : moved;
  return { w: w.map((value, i) => value + step[i]), velocity: moved };
}
