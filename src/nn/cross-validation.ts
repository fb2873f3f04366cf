/**
 * What K-fold cross-validation says of several variants of a training: scores over folds, and whether the best of them is
 * told from the others. Every variant has been trained on the same folds from the same seeds, so differences are paired.
 */
import { UsageError } from "../errors.ts";
import { deviationOf, meanOf } from "../statistics.ts";
import { studentQuantile, studentTwoSided } from "./student-t.ts";

/** The scores that variants are compared by, whatever loss each of them minimised. */
export const comparedScores = ["mse", "mae", "rmse", "r2"] as const;
export type ComparedScore = (typeof comparedScores)[number];

export const scoreTitles: Readonly<Record<ComparedScore, string>> = { mse: "MSE", mae: "MAE", rmse: "RMSE", r2: "R2" };

/** Scores of a fold's validation images: `r2` is null where their labels are all equal, all are where training diverged. */
export type FoldScores = Readonly<Record<ComparedScore, number | null>>;

/** One variant with its scores, fold by fold. */
export interface VariantScores {
  readonly variant: string;
  readonly folds: readonly FoldScores[];
}

/** Over the folds: the mean and the standard deviation with K - 1. */
export interface MeanAndDeviation {
  readonly mean: number;
  readonly deviation: number;
}

/** A variant's score less that of the best variant, fold by fold. */
export interface PairedDifference extends MeanAndDeviation {
  /** The interval of 95 % of the mean difference, corrected for training sets that overlap. */
  readonly interval: readonly [low: number, high: number];
  /** Two-sided, of the hypothesis that there is no difference; of this comparison alone. */
  readonly p: number;
  /** Whether the interval leaves out zero. */
  readonly isDistinct: boolean;
}

export interface VariantComparison {
  readonly variant: string;
  /** Null where a fold has no such score. */
  readonly scores: Readonly<Record<ComparedScore, MeanAndDeviation | null>>;
  /** Null for the best itself, and for scores that are missing. */
  readonly differences: Readonly<Record<ComparedScore, PairedDifference | null>>;
}

export interface CrossValidationComparison {
  /** What decided which variant is the best. */
  readonly by: ComparedScore;
  /** The variant with the lowest mean, or the highest R2; of equal ones the first. Null where none has that score. */
  readonly best: string | null;
  readonly variants: readonly VariantComparison[];
}

const confidence = 0.95;

/** @throws UsageError if there is no variant, or if they do not have the same folds, at least two. */
export function compareVariants(variants: readonly VariantScores[], by: ComparedScore): CrossValidationComparison {
  const folds = variants[0]?.folds.length ?? 0;
  if (folds < 2 || variants.some((variant) => variant.folds.length !== folds)) {
    const counts = variants.map((variant) => variant.folds.length).join(", ");
    throw new UsageError(
      `cross-validation: expected variants of the same folds, at least two, got ${counts || "none"}`,
    );
  }
  const best = bestOf(variants, by);
  return {
    by,
    best: best?.variant ?? null,
    variants: variants.map((own) => ({
      variant: own.variant,
      scores: forEachScore((score) => spreadOf(valuesOf(own, score))),
      differences: forEachScore((score) => (best && own !== best ? differenceOf(own, best, score) : null)),
    })),
  };
}

/** The best first; those without the score last. */
export function rankedVariants({ variants, by }: CrossValidationComparison): VariantComparison[] {
  const sign = by === "r2" ? -1 : 1;
  const rank = ({ scores }: VariantComparison) => sign * (scores[by]?.mean ?? sign * Number.MAX_VALUE);
  return [...variants].sort((a, b) => rank(a) - rank(b));
}

function bestOf(variants: readonly VariantScores[], by: ComparedScore): VariantScores | undefined {
  const sign = by === "r2" ? -1 : 1;
  let best: { variant: VariantScores; mean: number } | undefined;
  for (const variant of variants) {
    const spread = spreadOf(valuesOf(variant, by));
    if (spread && (!best || sign * spread.mean < sign * best.mean)) best = { variant, mean: spread.mean };
  }
  return best?.variant;
}

/** The values of all folds, or null where one has none. */
function valuesOf({ folds }: VariantScores, score: ComparedScore): number[] | null {
  const values = folds.map((fold) => fold[score]).filter((value) => value !== null);
  return values.length === folds.length ? values : null;
}

function spreadOf(values: readonly number[] | null): MeanAndDeviation | null {
  const deviation = values && deviationOf(values);
  return values && deviation !== null ? { mean: meanOf(values), deviation } : null;
}

/**
 * The corrected resampled t-test of Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52
 * (2003): folds share most of their training images, so the variance of the mean difference is not s² / K but about
 * (1 / K + validated / trained) s², where validated / trained = 1 / (K - 1) for K folds. K - 1 degrees of freedom.
 */
function differenceOf(variant: VariantScores, best: VariantScores, score: ComparedScore): PairedDifference | null {
  const [own, others] = [valuesOf(variant, score), valuesOf(best, score)];
  if (!own || !others) return null;
  const spread = spreadOf(own.map((value, fold) => value - (others[fold] ?? NaN)));
  if (!spread) return null;
  const folds = own.length;
  const error = spread.deviation * Math.sqrt(1 / folds + 1 / (folds - 1));
  const half = studentQuantile(confidence, folds - 1) * error;
  const interval = [spread.mean - half, spread.mean + half] as const;
  // Without any spread the statistic is 0 / 0 where there is no difference either.
  const p = spread.mean === 0 ? 1 : studentTwoSided(spread.mean / error, folds - 1);
  return { ...spread, interval, p, isDistinct: interval[0] > 0 || interval[1] < 0 };
}

const forEachScore = <Value>(value: (score: ComparedScore) => Value): Record<ComparedScore, Value> => ({
  mse: value("mse"),
  mae: value("mae"),
  rmse: value("rmse"),
  r2: value("r2"),
});

/** What the comparison means, in sentences. */
export function verdictOf({ by, best, variants }: CrossValidationComparison): string {
  const score = scoreTitles[by];
  if (best === null) return `No variant has the score ${score} in every fold, so none is the best.`;
  if (variants.length === 1) return "There is one variant, and nothing to compare it with.";
  const level = by === "r2" ? "highest" : "lowest";
  const compared = variants.filter(({ scores }) => scores[by] !== null);
  const lacking = variants.filter(({ scores }) => scores[by] === null).map(({ variant }) => variant);
  const rest = lacking.length > 0 ? ` Without that score in every fold: ${lacking.join("; ")}.` : "";
  if (compared.length === 1) return `${best} is the only variant with the score ${score} in every fold.${rest}`;
  const alike = compared.filter(({ variant, differences }) => variant !== best && !differences[by]?.isDistinct);
  const found = `${best} has the ${level} mean ${score}`;
  if (alike.length === 0) return `${found}, and is told from every other at 95 %.${rest}`;
  if (alike.length === compared.length - 1) {
    return `${found}, but these folds do not tell it from any other at 95 %.${rest}`;
  }
  const names = alike.map(({ variant }) => variant).join("; ");
  return `${found}; these folds do not tell it at 95 % from ${names}, but from the others.${rest}`;
}
