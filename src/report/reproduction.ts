/** Our scores beside the thesis's, over runs that differ in nothing but their seed. */
import type { RegressionMetrics } from "../nn/metrics.ts";
import { deviationOf, meanOf } from "../statistics.ts";
import { thesisRNet } from "./thesis.ts";

/** What R-Net's row of Table 3 has. Its RMSE and R2 are means over batches, as the thesis's Appendix I computes them. */
export const comparedMetrics = ["mse", "mae", "rmse", "mape", "r2"] as const;

export type ComparedMetric = (typeof comparedMetrics)[number];

export interface Comparison {
  readonly metric: ComparedMetric;
  readonly thesis: number;
  /** Of each run, in the order of the runs. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Standard deviation of the runs, with n - 1; null for a single run. */
  readonly deviation: number | null;
  /**
   * How many deviations our mean lies above the thesis's number, which is one run of its own: its distance from a mean of n
   * runs spreads by deviation · sqrt(1 + 1/n). Null where there is no deviation.
   */
  readonly z: number | null;
}

type RunScores = Pick<RegressionMetrics, "mse" | "mae" | "mape" | "keras">;

/** Each metric by the thesis's own convention. @param runs scores of one part of the split, a run each; one at least. */
export function compareWithThesis(runs: readonly RunScores[]): Comparison[] {
  return comparedMetrics.map((metric) => {
    const thesis = thesisRNet[metric];
    const values = runs.map((run) => (metric === "rmse" || metric === "r2" ? run.keras[metric] : run[metric]));
    const [mean, deviation] = [meanOf(values), deviationOf(values)];
    const z = deviation ? (mean - thesis) / (deviation * Math.sqrt(1 + 1 / values.length)) : null;
    return { metric, thesis, values, mean, deviation, z };
  });
}
