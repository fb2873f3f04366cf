/** The result of a cross-validation: every training's scores, what they say of the variants, and both as text. */
import { csvFormatRows } from "d3-dsv";
import { compareVariants, type ComparedScore, type CrossValidationComparison, verdictOf } from "./cross-validation.ts";
import type { Choice } from "./cross-validation-plan.ts";
import type { Scores } from "./metrics.ts";

/** One training: a variant on a fold. Without scores and epoch where it diverged. */
export interface FoldTraining extends Readonly<Record<keyof Scores, number | null>> {
  readonly variant: string;
  readonly choice: Choice;
  /** From 1. */
  readonly fold: number;
  /** The run's folder, from that of the cross-validation. */
  readonly run: string;
  /** The one with the lowest validation loss, from 1; the scores are those of its weights. */
  readonly epoch: number | null;
  /** Images that validate. */
  readonly n: number;
  /** Why there are no scores; null where there are. */
  readonly failure: string | null;
}

export interface CrossValidationResult extends CrossValidationComparison {
  readonly trainings: readonly FoldTraining[];
  /** What the comparison means, in a sentence. */
  readonly verdict: string;
}

/** @param trainings variant by variant, the folds of each in order. */
export function crossValidationResult(trainings: readonly FoldTraining[], by: ComparedScore): CrossValidationResult {
  const names = [...new Set(trainings.map(({ variant }) => variant))];
  const variants = names.map((variant) => ({ variant, folds: trainings.filter((own) => own.variant === variant) }));
  const comparison = compareVariants(variants, by);
  return { trainings, ...comparison, verdict: verdictOf(comparison) };
}

/** The text of `cv.csv`: a header and a row a training, with a column for each option that is varied. */
export function trainingsCsv(trainings: readonly FoldTraining[]): string {
  const options = Object.keys(trainings[0]?.choice ?? {});
  const scores = ["mse", "mae", "rmse", "mape", "r2"] as const;
  const header = ["variant", ...options.map((option) => `option.${option}`), "fold", "run", "n", "epoch", ...scores];
  const rows = trainings.map(({ variant, choice, fold, run, n, epoch, ...own }) => [
    ...[variant, ...options.map((option) => choice[option] ?? ""), fold, run, n, epoch ?? ""].map(String),
    ...scores.map((score) => String(own[score] ?? "")),
  ]);
  return `${csvFormatRows([header, ...rows])}\n`;
}
