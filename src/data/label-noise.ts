/**
 * How far counting can bring one towards priors. The cells of an image are N draws from its prior p, so the fractions f
 * that are there to be counted differ from p: E (f_k - p_k)^2 = p_k (1 - p_k) / N.
 */
import { meanOf, varianceOf } from "../statistics.ts";

/** Mean squared errors over images and outputs. */
export interface LabelNoise {
  /** What the labels are, to 6 decimals. */
  readonly labelsAre: "priors" | "realised fractions" | "neither";
  /** Mean number of cells N. */
  readonly meanCells: number;
  /** Expected of one who counts without a mistake, against priors: the mean of p (1 - p) / N. */
  readonly idealCounter: number;
  /** Expected of the best m + a (f - m), where m is the mean label: V W / (V + W), a = V / (V + W). */
  readonly bestShrinkage: number;
  /** That a, for V the variance of the priors and W the error of the ideal counter. */
  readonly shrinkage: number;
  /** Of the realised fractions against the priors, in this very data. */
  readonly realisedAgainstPrior: number;
}

/** Rows of K numbers, an image each and in one order. */
type Rows = readonly (readonly number[])[];

/** Of each image, K numbers: the priors that its cells were drawn from, and how many cells of each type it has. */
export interface Drawn {
  readonly priors: Rows;
  readonly counts: Rows;
}

/** @returns undefined if an image has no cell. */
export function labelNoise(labels: Rows, priors: Rows, counts: Rows): LabelNoise | undefined {
  const cells = counts.map((row) => row.reduce((total, count) => total + count, 0));
  if (cells.some((count) => count <= 0)) return undefined;
  const fractions = counts.map((row, i) => row.map((count) => count / cells[i]!));
  const idealCounter = meanOf(priors.map((row, i) => meanOf(row.map((p) => p * (1 - p))) / cells[i]!));
  const shrinkage = variance(priors) / (variance(priors) + idealCounter);
  return {
    labelsAre: isSame(labels, priors) ? "priors" : isSame(labels, fractions) ? "realised fractions" : "neither",
    meanCells: meanOf(cells),
    idealCounter,
    bestShrinkage: shrinkage * idealCounter,
    shrinkage,
    realisedAgainstPrior: meanSquare(fractions, priors),
  };
}

/** The mean over outputs of each output's variance. */
function variance(rows: Rows): number {
  const outputs = rows[0]?.map((_, k) => rows.map((row) => row[k]!)) ?? [];
  return meanOf(outputs.map(varianceOf));
}

const meanSquare = (a: Rows, b: Rows): number =>
  meanOf(a.map((row, i) => meanOf(row.map((value, k) => (value - b[i]![k]!) ** 2))));

const isSame = (a: Rows, b: Rows): boolean =>
  a.every((row, i) => row.every((value, k) => Math.abs(value - b[i]![k]!) < 1e-6));
