export interface RmspropOptions {
  readonly learningRate: number;
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  /**
   * "inside" the root, as Keras since 2.11 and Keras 3; "outside", as Keras up to 2.10 and `optimizers.legacy`, which
   * does so only at momentum 0: with momentum its fused kernel has epsilon inside, and so has this reference.
   */
  readonly epsilonPlacement: "inside" | "outside";
}

/** What RMSprop keeps of one tensor between steps; all zero at first. */
export interface RmspropState {
  readonly meanSquare: Float64Array;
  /** Moves only if centered. */
  readonly meanGradient: Float64Array;
  readonly velocity: Float64Array;
}

export const rmspropState = (size: number): RmspropState => ({
  meanSquare: new Float64Array(size),
  meanGradient: new Float64Array(size),
  velocity: new Float64Array(size),
});

/**
 * One step of Keras's RMSprop on one tensor, returning the new tensor and state:
 * v = rho v + (1 - rho) g²; if centered m = rho m + (1 - rho) g and v - m² stands for v; step = learningRate g /
 * sqrt(v + epsilon) or learningRate g / (sqrt(v) + epsilon); velocity = momentum velocity + step; w = w - velocity.
 *
 * Sources: tf_keras/optimizers/rmsprop.py ("inside"), tf_keras/optimizers/legacy/rmsprop.py ("outside").
 */
export function rmsprop(
  w: Float64Array,
  g: Float64Array,
  state: RmspropState,
  { learningRate, rho, momentum, epsilon, centered, epsilonPlacement }: RmspropOptions,
): { w: Float64Array; state: RmspropState } {
  const outside = epsilonPlacement === "outside" && momentum === 0;
  const average = (old: number, value: number): number => rho * old + (1 - rho) * value;
  const meanSquare = state.meanSquare.map((v, i) => average(v, g[i] ** 2));
  const meanGradient = centered ? state.meanGradient.map((m, i) => average(m, g[i])) : state.meanGradient;
  const velocity = state.velocity.map((old, i) => {
    const square = meanSquare[i] - (centered ? meanGradient[i] ** 2 : 0);
    const root = outside ? Math.sqrt(square) + epsilon : Math.sqrt(square + epsilon);
    return momentum * old + (learningRate * g[i]) / root;
  });
  return { w: w.map((value, i) => value - velocity[i]), state: { meanSquare, meanGradient, velocity } };
}
