/** What labels can bear: their spread, and the scores of predictions that never look at an image. */
import { meanOf, varianceOf } from "../statistics.ts";

/** Labels [N, K] and the names of their K outputs. */
export interface Labels {
  readonly outputs: readonly string[];
  readonly values: Float32Array;
}

/** Of one output; `sd` and `variance` with the divisor N. */
export interface OutputStatistics {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
}

/** Scores by the conventions of `regressionMetrics`: `mape` in percent, `r2` null where the labels do not vary. */
export interface BaselineScores {
  readonly mse: number;
  readonly mae: number;
  readonly rmse: number;
  readonly mape: number;
  readonly r2: number | null;
}

/** Scores of one prediction for every image: over all values, and of each output. */
export interface Baseline extends BaselineScores {
  readonly prediction: readonly number[];
  readonly outputs: readonly (BaselineScores & { readonly name: string })[];
}

/** Keras's floor of MAPE's denominator. */
const epsilon = 1e-7;

/** How far a row's sum may be from 1, for labels written with a few decimals. */
const sumTolerance = 1e-3;

/** @param labels of at least one image. */
export function outputStatistics(labels: Labels): readonly OutputStatistics[] {
  return labels.outputs.map((name, k) => {
    const own = column(labels, k);
    const [mean, variance] = [meanOf(own), varianceOf(own)];
    const [min, max] = own.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Infinity, -Infinity],
    );
    return { name, mean, sd: Math.sqrt(variance), variance, min, max };
  });
}

/** The smallest and the largest sum of an image's labels, and whether they are shares of a whole. */
export interface LabelSums {
  readonly min: number;
  readonly max: number;
  /** More than one output, none negative, and every sum 1. */
  readonly isComposition: boolean;
}

/** @param labels of at least one image. */
export function labelSums({ outputs, values }: Labels): LabelSums {
  let [min, max] = [Infinity, -Infinity];
  for (let start = 0; start < values.length; start += outputs.length) {
    const sum = values.subarray(start, start + outputs.length).reduce((total, value) => total + value, 0);
    [min, max] = [Math.min(min, sum), Math.max(max, sum)];
  }
  const isOne = (sum: number) => Math.abs(sum - 1) <= sumTolerance;
  return {
    min,
    max,
    isComposition: outputs.length > 1 && values.every((value) => value >= 0) && isOne(min) && isOne(max),
  };
}

/** Scores of predicting the same for every image. */
export function baselineOf(labels: Labels, prediction: readonly number[]): Baseline {
  const columns = labels.outputs.map((_, k) => column(labels, k));
  const errors = columns.map((own, k) => own.map((value) => value - prediction[k]!));
  return {
    prediction,
    ...scoresOf(columns.flat(), errors.flat()),
    outputs: labels.outputs.map((name, k) => ({ name, ...scoresOf(columns[k]!, errors[k]!) })),
  };
}

function scoresOf(labels: readonly number[], errors: readonly number[]): BaselineScores {
  const mse = meanOf(errors.map((error) => error ** 2));
  const isConstant = labels.every((label) => label === labels[0]);
  return {
    mse,
    mae: meanOf(errors.map(Math.abs)),
    rmse: Math.sqrt(mse),
    mape: 100 * meanOf(errors.map((error, i) => Math.abs(error) / Math.max(Math.abs(labels[i]!), epsilon))),
    r2: isConstant ? null : 1 - mse / varianceOf(labels),
  };
}

const column = ({ outputs, values }: Labels, k: number): readonly number[] =>
  Array.from({ length: values.length / outputs.length }, (_, i) => values[i * outputs.length + k]!);
