/** Means and deviations in float64. */

/** @param values at least one. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** With the divisor N. @param values at least one. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}

/** The standard deviation of a sample, with the divisor N - 1; null of a single value. */
export const deviationOf = (values: readonly number[]): number | null =>
  values.length < 2 ? null : Math.sqrt((varianceOf(values) * values.length) / (values.length - 1));

/** How many standard deviations to both sides hold 95 % of a normal distribution. */
export const normal95 = 1.96;
