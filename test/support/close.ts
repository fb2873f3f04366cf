import { AssertionError } from "node:assert";

export interface Tolerance {
  /** Relative to |expected|, element by element. */
  readonly rtol?: number;
  readonly atol?: number;
}

/**
 * Fails unless every |actual - expected| <= atol + rtol * |expected|; NaN and infinity are never close.
 *
 * @throws AssertionError naming the worst index, both values there, and how many values are off.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 0, atol = 0 }: Tolerance,
): void {
  if (actual.length !== expected.length) {
    throw new AssertionError({ message: `expected ${expected.length} values, got ${actual.length}` });
  }
  let mismatches = 0;
  let worst = 0;
  let worstExcess = -1;
  for (let i = 0; i < expected.length; i++) {
    const excess = Math.abs(actual[i] - expected[i]) - atol - rtol * Math.abs(expected[i]);
    if (excess <= 0) continue;
    mismatches++;
    const size = Number.isNaN(excess) ? Infinity : excess;
    if (size > worstExcess) [worst, worstExcess] = [i, size];
  }
  if (mismatches === 0) return;
  const difference = Math.abs(actual[worst] - expected[worst]);
  throw new AssertionError({
    message:
      `${mismatches} of ${expected.length} values differ by more than ${atol} + ${rtol} * |expected|; ` +
      `worst at ${worst}: got ${actual[worst]}, expected ${expected[worst]} (difference ${difference})`,
  });
}

/** ||actual - expected|| / ||expected||, Euclidean: 0 where both are all zero. */
export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new AssertionError({ message: `expected ${expected.length} values, got ${actual.length}` });
  }
  const difference = norm(Float64Array.from(expected, (value, i) => actual[i] - value));
  return difference === 0 ? 0 : difference / norm(expected);
}

/** The Euclidean norm. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}
