/**
 * Calibration: whether images that are predicted a value have that value in the mean. A network that shrinks towards
 * the mean has a slope above 1: its high predictions are too low and its low ones too high.
 */
import { deviationOf, meanOf } from "../../statistics.ts";

export interface Calibration {
  /** Of the least-squares line of actual on predicted values, 1 and 0 at best; null where all predictions are equal. */
  readonly slope: number | null;
  readonly intercept: number | null;
  /** Groups of about as many images each, by ascending prediction: ten, or fewer of at least five images. */
  readonly bins: readonly CalibrationBin[];
}

/** Means of the images of a group. */
export interface CalibrationBin {
  readonly n: number;
  readonly predicted: number;
  readonly actual: number;
  /** Of the actual values, with the divisor N - 1; null of a single one. The mean's 95 % interval is ± 1.96 sd / sqrt(N). */
  readonly sd: number | null;
}

const mostBins = 10;

/** Images in a bin: the mean of fewer has no interval to speak of. A single bin may have fewer. */
export const leastInBin = 5;

/** @param predicted of one output, at least one value; `actual` in the same order. */
export function calibrationOf(predicted: readonly number[], actual: readonly number[]): Calibration {
  return { ...lineOf(predicted, actual), bins: binsOf(predicted, actual) };
}

function lineOf(predicted: readonly number[], actual: readonly number[]) {
  if (predicted.every((value) => value === predicted[0])) return { slope: null, intercept: null };
  const [meanPredicted, meanActual] = [meanOf(predicted), meanOf(actual)];
  const distances = predicted.map((value) => value - meanPredicted);
  const covariance = meanOf(distances.map((distance, i) => distance * (actual[i]! - meanActual)));
  const slope = covariance / meanOf(distances.map((distance) => distance ** 2));
  return { slope, intercept: meanActual - slope * meanPredicted };
}

function binsOf(predicted: readonly number[], actual: readonly number[]): CalibrationBin[] {
  const order = predicted.map((_, i) => i).sort((a, b) => predicted[a]! - predicted[b]!);
  const count = Math.min(mostBins, Math.max(Math.floor(order.length / leastInBin), 1));
  return Array.from({ length: count }, (_, bin) => {
    const own = order.slice(Math.floor((bin * order.length) / count), Math.floor(((bin + 1) * order.length) / count));
    const values = own.map((i) => actual[i]!);
    return {
      ...{ n: own.length, predicted: meanOf(own.map((i) => predicted[i]!)) },
      ...{ actual: meanOf(values), sd: deviationOf(values) },
    };
  });
}
