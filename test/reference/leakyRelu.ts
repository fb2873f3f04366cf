import type { Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

/** y = x where x > 0, else alpha x; the slope at exactly 0 is alpha, as in TensorFlow. */
export function leakyRelu(x: Float64Array, shape: Shape, alpha: number): Reference<{ readonly dx: Float64Array }> {
  const slope = (i: number): number => (x[i] > 0 ? 1 : alpha);
  return {
    y: x.map((value, i) => slope(i) * value),
    shape,
    backward: (dy) => ({ dx: dy.map((d, i) => slope(i) * d) }),
  };
}
