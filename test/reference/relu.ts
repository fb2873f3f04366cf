import type { Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

/** y = max(0, x); the gradient is 0 at exactly 0, as in TensorFlow. */
export function relu(x: Float64Array, shape: Shape): Reference<{ readonly dx: Float64Array }> {
  return {
    y: x.map((value) => Math.max(0, value)),
    shape,
    backward: (dy) => ({ dx: dy.map((d, i) => (x[i] > 0 ? d : 0)) }),
  };
}
