/** Medians with bootstrap intervals. The resampling is drawn from src/rng.ts: the same numbers give the same interval. */
import { UsageError } from "../errors.ts";
import { RandomStream } from "../rng.ts";

/** A median with the interval that holds it with a confidence of 95 %. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 1000;
/** Left out on each side. */
const tail = 0.025;
const seed = 0;

/** The middle value, or the mean of the two in the middle. @throws UsageError if there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) throw new UsageError("median: expected at least one value, got none");
  return Number.isInteger(middle) ? (sorted[middle - 1]! + upper) / 2 : upper;
}

/** The median of repetitions, and its percentile bootstrap interval. */
export function estimate(values: readonly number[]): Estimate {
  const random = new RandomStream(seed, "bootstrap");
  const draw = () => median(resampled(values, indicesOf(values.length, random)));
  return { median: median(values), ...interval(draw) };
}

/**
 * The ratio of the medians of two series.
 *
 * @param paired whether numbers of one index were measured in turns, in the same round: they are then drawn together,
 *   and what slowed both cancels.
 */
export function estimateRatio(
  numerator: readonly number[],
  denominator: readonly number[],
  { paired }: { readonly paired: boolean },
): Estimate {
  if (paired && numerator.length !== denominator.length) {
    throw new UsageError(
      `ratio: expected two series of as many rounds, got ${numerator.length} and ${denominator.length}`,
    );
  }
  const random = new RandomStream(seed, "bootstrap ratio");
  const draw = () => {
    const above = indicesOf(numerator.length, random);
    const below = paired ? above : indicesOf(denominator.length, random);
    return median(resampled(numerator, above)) / median(resampled(denominator, below));
  };
  return { median: median(numerator) / median(denominator), ...interval(draw) };
}

function interval(draw: () => number): { low: number; high: number } {
  const drawn = Float64Array.from({ length: resamples }, draw).sort();
  return { low: drawn[Math.floor(tail * resamples)]!, high: drawn[Math.ceil((1 - tail) * resamples) - 1]! };
}

const indicesOf = (length: number, random: RandomStream): number[] =>
  Array.from({ length }, () => random.integer(length));

const resampled = (values: readonly number[], indices: readonly number[]): number[] =>
  indices.map((index) => values[index]!);
