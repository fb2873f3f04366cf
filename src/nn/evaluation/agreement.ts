/**
 * Agreement of predictions with actual values, as Bland and Altman have it ("Statistical methods for assessing
 * agreement between two methods of clinical measurement", 1986).
 */
import { deviationOf, meanOf, normal95 } from "../../statistics.ts";

export interface Agreement {
  /** The mean of predicted minus actual. */
  readonly bias: number;
  /** Of these differences, with the divisor N - 1. */
  readonly sd: number;
  /** Limits of agreement, bias ± 1.96 sd: where differences are normal, 95 % of them lie between. */
  readonly low: number;
  readonly high: number;
}

/** @returns null for one value, whose difference says nothing of how differences vary. */
export function agreementOf(predicted: readonly number[], actual: readonly number[]): Agreement | null {
  const differences = predicted.map((value, i) => value - actual[i]!);
  const [bias, sd] = [meanOf(differences), deviationOf(differences)];
  return sd === null ? null : { bias, sd, low: bias - normal95 * sd, high: bias + normal95 * sd };
}
