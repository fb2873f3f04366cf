/** Means and spreads for figures, in float64. */

/** @param values at least one. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The standard deviation of a sample, with n - 1; 0 of a single value. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Half the width of a 95 % interval of normal values, in standard deviations. */
export const normal95 = 1.96;

/** Consecutive groups whose sizes differ by one at most. */
export function groupsOf<Value>(values: readonly Value[], count: number): Value[][] {
  return Array.from({ length: count }, (_, i) =>
    values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count)),
  );
}
