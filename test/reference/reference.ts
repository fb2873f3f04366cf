import type { Shape } from "../../src/shape.ts";

/**
 * What a float64 reference returns. Each reference is written from the definition, is deliberately slow, and shares
 * nothing with any kernel but the window geometry of src/shape.ts, which the golden values guard.
 */
export interface Reference<Gradients> {
  readonly y: Float64Array;
  readonly shape: Shape;
  /** The vector-Jacobian product: the gradient of `sum(dy * y)` for each input, named `d` + input. */
  readonly backward: (dy: Float64Array) => Gradients;
}
