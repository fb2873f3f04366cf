/**
 * Bootstrap intervals of scores (Efron, "Bootstrap Methods", 1979): the set is drawn again from its own images, with
 * replacement, many times over, and an interval holds the middle 95 % of the scores of these sets. Images are drawn
 * whole, since the outputs of one image depend on each other. What varies here is the images that are scored, not
 * the training: another seed of training may give scores outside.
 */
import { RandomStream } from "../../rng.ts";
import { type Pairs, relativeTo, type Scores, scoresOfSums, type Sums } from "../metrics.ts";
import { quantile } from "./quantile.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The interval of each score. */
export interface Intervals extends Readonly<Record<Exclude<keyof Scores, "r2">, Interval>> {
  /** Null where a drawn set has no R2, because all of its targets are equal. */
  readonly r2: Interval | null;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** How many sets are drawn. */
  readonly resamples: number;
}

/** The share of the scores that an interval holds. */
const level = 0.95;

/**
 * Percentile intervals over images, of all values and of each output. The same seed draws the same sets.
 *
 * @param pairs [N, K] each, finite.
 * @param width K.
 * @returns null for one image, which says nothing of how images vary.
 */
export function bootstrapIntervals(
  pairs: Pairs,
  width: number,
  { seed, resamples }: BootstrapOptions,
): { readonly overall: Intervals; readonly outputs: readonly Intervals[] } | null {
  const images = pairs.target.length / width;
  if (images < 2) return null;
  const terms = termsOf(pairs, width);
  const drawn = Array.from({ length: width + 1 }, (): Scores[] => []);
  for (let resample = 0; resample < resamples; resample++) {
    const stream = new RandomStream(seed, "bootstrap", resample);
    const sample = Uint32Array.from({ length: images }, () => stream.integer(images));
    sumsOfSample(sample, terms).forEach((sums, k) => drawn[k]!.push(scoresOfSums(sums)));
  }
  const intervals = drawn.map(intervalsOf);
  return { overall: intervals[0]!, outputs: intervals.slice(1) };
}

/** Terms of one value: squared, absolute and relative error, distance of the target from its column's mean, its square. */
const termsOfValue = 5;

interface Terms {
  readonly target: Float32Array;
  /** [N, K, 5]. */
  readonly values: Float64Array;
  /** Of each column's targets: centred on it, sums of squares do not cancel. */
  readonly means: readonly number[];
}

function termsOf({ prediction, target }: Pairs, width: number): Terms {
  const means = new Float64Array(width);
  target.forEach((y, i) => (means[i % width]! += (y * width) / target.length));
  const values = new Float64Array(target.length * termsOfValue);
  target.forEach((y, i) => {
    const error = Math.abs(y - prediction[i]!);
    const distance = y - means[i % width]!;
    values.set([error * error, error, relativeTo(y, error), distance, distance * distance], i * termsOfValue);
  });
  return { target, values, means: [...means] };
}

/** The sums over a drawn set: of all values, then of each output. */
function sumsOfSample(sample: Uint32Array, { target, values, means }: Terms): Sums[] {
  const width = means.length;
  const row = width * termsOfValue;
  const added = new Float64Array(row);
  for (const image of sample) for (let j = 0; j < row; j++) added[j]! += values[image * row + j]!;
  const mean = means.reduce((sum, own) => sum + own, 0) / width;
  const [count, first] = [sample.length, sample[0]! * width];
  const constant = means.map((_, k) => sample.every((image) => target[image * width + k] === target[first + k]));
  const columns = means.map((own, k): Sums & { about: number; square: number } => {
    const [squared = 0, absolute = 0, relative = 0, distance = 0, squares = 0] = added.subarray(k * termsOfValue);
    const shift = own - mean;
    return {
      ...{ count, squared, absolute, relative, total: squares - distance ** 2 / count, constant: constant[k]! },
      // About the mean of all columns, for the R2 of all values.
      about: distance + count * shift,
      square: squares + 2 * shift * distance + count * shift ** 2,
    };
  });
  const sumOf = (name: "squared" | "absolute" | "relative" | "about" | "square") =>
    columns.reduce((sum, own) => sum + own[name], 0);
  const overall = {
    ...{ count: count * width, squared: sumOf("squared"), absolute: sumOf("absolute"), relative: sumOf("relative") },
    total: sumOf("square") - sumOf("about") ** 2 / (count * width),
    constant: !constant.includes(false) && means.every((_, k) => target[first + k] === target[first]),
  };
  return [overall, ...columns];
}

function intervalsOf(drawn: readonly Scores[]): Intervals {
  const of = (name: Exclude<keyof Scores, "r2">) => interval(drawn.map((scores) => scores[name]));
  const r2 = drawn.flatMap((scores) => scores.r2 ?? []);
  return {
    ...{ mse: of("mse"), mae: of("mae"), rmse: of("rmse"), mape: of("mape") },
    r2: r2.length < drawn.length ? null : interval(r2),
  };
}

function interval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  return { low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
}
