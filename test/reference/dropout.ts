import type { Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

/**
 * Inverted dropout: y = x / (1 - rate) where kept, else 0.
 *
 * @param keep one flag per element, 0 where dropped: who draws them is the caller's business.
 */
export function dropout(
  x: Float64Array,
  shape: Shape,
  rate: number,
  keep: ArrayLike<number>,
): Reference<{ readonly dx: Float64Array }> {
  const mask = (value: number, i: number): number => (keep[i] ? value / (1 - rate) : 0);
  return { y: x.map(mask), shape, backward: (dy) => ({ dx: dy.map(mask) }) };
}
