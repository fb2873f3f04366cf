/**
 * Agreement of predictions with actual values, as Bland and Altman have it ("Statistical methods for assessing
 * agreement between two methods of clinical measurement", 1986).
 */
import { meanOf } from "../../data/label-statistics.ts";

export interface Agreement {
  /** The mean of predicted minus actual. */
  readonly bias: number;
  /** Of these differences, with the divisor N - 1. */
  readonly sd: number;
  /** Limits of agreement, bias ± 1.96 sd: where differences are normal, 95 % of them lie between. */
  readonly low: number;
  readonly high: number;
}

/** How many standard deviations hold 95 % of a normal distribution. */
export const sdsOf95 = 1.96;

/** @returns null for one value, whose difference says nothing of how differences vary. */
export function agreementOf(predicted: readonly number[], actual: readonly number[]): Agreement | null {
  if (predicted.length < 2) return null;
  const differences = predicted.map((value, i) => value - actual[i]!);
  const bias = meanOf(differences);
  const squares = differences.reduce((sum, difference) => sum + (difference - bias) ** 2, 0);
  const sd = Math.sqrt(squares / (differences.length - 1));
  return { bias, sd, low: bias - sdsOf95 * sd, high: bias + sdsOf95 * sd };
}
