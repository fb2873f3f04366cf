/**
 * The learning-rate range test (Smith, "Cyclical Learning Rates for Training Neural Networks", 2017): training steps at
 * rates that grow exponentially, the loss of each, and the rate that they suggest. The training stays as it was.
 */
import { DataError, UsageError } from "../errors.ts";
import { meanOf } from "../statistics.ts";
import type { Training } from "./train.ts";

export interface RangeTest {
  /** Of the first step. */
  readonly from: number;
  /** Of the last step. */
  readonly to: number;
  readonly steps: number;
}

/** One step of it: the loss of a batch before the step. */
export interface RangePoint {
  readonly learningRate: number;
  readonly loss: number;
}

export interface Suggestion {
  /** Null where the losses suggest none. */
  readonly suggestion: number | null;
  /** The rule that gave it, or why there is none. */
  readonly reason: string;
}

/** Rates that are usual in practice lie well within. */
export const defaultRangeTest: RangeTest = { from: 1e-6, to: 1, steps: 100 };

/** Fewer have no shape. */
export const fewestSteps = 20;

/** A mean of recent losses so many times the least such mean ends the test: nothing is learned beyond. */
const exploded = 4;
const recentSteps = 5;

/**
 * Steps at rates from `from` to `to`, until the loss explodes; then weights, moving statistics, optimizer state, and the
 * place in the order of images and in the draws of chance are put back, bit for bit.
 *
 * @param onStep told after each step.
 * @throws UsageError unless 0 < from < to and steps are at least `fewestSteps`.
 */
export async function rangeTest(
  training: Training,
  { from, to, steps }: RangeTest,
  onStep?: (done: number) => void,
): Promise<RangePoint[]> {
  if (!(from > 0 && from < to && to < Infinity)) {
    throw new UsageError(`rangeTest: expected rates with 0 < from < to, got from ${from} to ${to}`);
  }
  if (!Number.isInteger(steps) || steps < fewestSteps) {
    throw new UsageError(`rangeTest: expected at least ${fewestSteps} steps, got ${steps}`);
  }
  const before = await training.checkpoint();
  const curve: RangePoint[] = [];
  try {
    let least = Infinity;
    for (let step = 0; step < steps; step++) {
      const learningRate = from * (to / from) ** (step / (steps - 1));
      const loss = await lossAt(training, learningRate);
      if (loss === null) break;
      curve.push({ learningRate, loss });
      onStep?.(step + 1);
      const recent = meanOf(curve.slice(-recentSteps).map((point) => point.loss));
      if (recent > exploded * least) break;
      least = Math.min(least, recent);
    }
  } finally {
    training.restore(before, "the training before the range test");
  }
  return curve;
}

/** Null where it is not finite. */
async function lossAt(training: Training, learningRate: number): Promise<number | null> {
  try {
    return await training.stepAt(learningRate);
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

/** Losses on each side that a smoothed one is the mean of, as a share of all. */
const smoothing = 1 / 20;

/** Means of each loss and its neighbours, as many on one side as on the other: what is smoothed is not late. */
export function smoothed(losses: readonly number[]): number[] {
  const reach = reachOf(losses.length);
  return losses.map((_, i) => {
    const own = Math.min(reach, i, losses.length - 1 - i);
    return meanOf(losses.slice(i - own, i + own + 1));
  });
}

const reachOf = (steps: number): number => Math.max(1, Math.round(steps * smoothing));

/**
 * The rate that a range test suggests: where the smoothed loss falls the steepest over the logarithm of the rate, once it
 * is below its start by more than the noise, the standard deviation of the batches' losses about the smoothed ones until
 * the least; but at most a tenth of the rate of the least smoothed loss, beyond which it soon rises. None where it does
 * not fall by a tenth and by twice the noise.
 */
export function suggestLearningRate(curve: readonly RangePoint[]): Suggestion {
  const none = (reason: string): Suggestion => ({ suggestion: null, reason });
  if (curve.length < fewestSteps / 2) {
    return none(`the loss explodes after ${curve.length} steps: begin at a lower rate`);
  }
  const losses = smoothed(curve.map(({ loss }) => loss));
  const reach = reachOf(losses.length);
  // At the ends a smoothed loss is that of few batches.
  const leastAt = losses.indexOf(Math.min(...losses.slice(reach, -reach)), reach);
  const start = meanOf(losses.slice(0, Math.max(1, Math.floor(losses.length / 10))));
  const fall = start - losses[leastAt]!;
  const noise = Math.sqrt(meanOf(curve.slice(0, leastAt + 1).map(({ loss }, i) => (loss - losses[i]!) ** 2)));
  if (fall <= Math.max(2 * noise, start / 10)) return none(whyNone(losses, start, fall, noise));
  const rateAt = (i: number) => twoDigits(curve[i]!.learningRate);
  const [steepest, tenth] = [
    rateAt(steepestOf(losses, leastAt, start - noise)),
    twoDigits(curve[leastAt]!.learningRate / 10),
  ];
  const least = losses[leastAt]!.toFixed(5);
  const reason =
    steepest <= tenth
      ? `the smoothed loss falls the steepest here, and is least, ${least}, at ${rateAt(leastAt)}`
      : `a tenth of ${rateAt(leastAt)}, where the smoothed loss is least, ${least}; it falls the steepest close to that, at ${steepest}`;
  return { suggestion: Math.min(steepest, tenth), reason };
}

/**
 * Where losses fall the steepest from neighbours on one side to those on the other, after the last that is not yet below
 * `left` and not after the least: what a few batches do before that, and most of all the first, is no descent.
 */
function steepestOf(losses: readonly number[], leastAt: number, left: number): number {
  const reach = reachOf(losses.length);
  const fallAt = (i: number) => losses[Math.max(i - reach, 0)]! - losses[Math.min(i + reach, losses.length - 1)]!;
  const first = losses.findLastIndex((loss, i) => i < leastAt && loss >= left) + 1;
  const candidates = losses.map((_, i) => i).slice(first, leastAt + 1);
  return candidates.reduce((steepest, i) => (fallAt(i) > fallAt(steepest) ? i : steepest), leastAt);
}

/** More would pretend to know it better. */
const twoDigits = (rate: number): number => Number(rate.toPrecision(2));

function whyNone(losses: readonly number[], start: number, fall: number, noise: number): string {
  const numbers = `from ${start.toFixed(5)} by ${Math.max(fall, 0).toFixed(5)} at most, with a noise of ${noise.toFixed(5)}`;
  if (fall > Math.max(noise, start / 10)) {
    return `the loss falls, but not by twice its noise: ${numbers}. Take more --steps or a larger --batch, unless the network is trained already`;
  }
  const last = losses[losses.length - 1]!;
  return last > start + Math.max(2 * noise, start / 10)
    ? `the loss only rises: it falls ${numbers}. The network may be trained already`
    : `the loss is flat: it falls ${numbers}. Nothing may be left to learn, or nothing to be learned from these labels`;
}
