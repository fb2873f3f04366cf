/**
 * Successive halving: candidates are timed in turns, those that are surely slower go out, and the rounds are spent on
 * those that are hard to tell apart. Who goes out follows from the times and from nothing else.
 */
import type { Device } from "../src/gpu/device.ts";
import { type Estimate, estimate, estimateRatio } from "../src/gpu/statistics.ts";
import { type Candidate, type Series, timeInterleaved, type TimingOptions } from "../src/gpu/timing.ts";
import { type TimedRow, timedRow } from "./document.ts";

/** A candidate must take less than so much of another's time to be preferred to it: more is noise. */
const worthwhile = 0.98;
/** Two times have no spread to speak of. */
const firstJudgement = 3;

/** A candidate that was timed. */
export interface Raced extends TimedRow {
  /** The candidate that it went out against; null if it was never told apart from the best. */
  readonly slowerThan: string | null;
}

export interface RaceOptions extends Omit<TimingOptions, "goesOn"> {
  /** Asked after each round that is not the last one: whether to give the race up. */
  readonly isStopped?: () => boolean;
}

/** Times candidates until one is left, or until those that are left had all rounds. Undefined if it was given up. */
export async function race(
  device: Device,
  candidates: readonly Candidate[],
  { isStopped = () => false, ...timing }: RaceOptions,
): Promise<Raced[] | undefined> {
  const slowerThan = new Map<string, string>();
  let stopped = false;
  const goesOn = (series: readonly Series[]): readonly Series[] => {
    const rounds = series[0]?.ms.length ?? 0;
    let left = series;
    if (isJudgedAfter(rounds, timing.repetitions)) {
      const { best, slower } = judge(series);
      for (const name of slower) slowerThan.set(name, best);
      left = series.filter(({ name }) => !slower.has(name));
      if (left.length === 1 || rounds === timing.repetitions) return [];
    }
    stopped = isStopped();
    return stopped ? [] : left;
  };
  const series = await timeInterleaved(device, candidates, { ...timing, goesOn });
  if (stopped) return undefined;
  return series.map(({ name, ms }) => ({ ...timedRow(name, ms), slowerThan: slowerThan.get(name) ?? null }));
}

/** Candidates are judged after 3, 6, 12, … rounds, so that half of the times are new, and after the last. */
export const isJudgedAfter = (rounds: number, repetitions: number): boolean =>
  rounds === repetitions || Number.isInteger(Math.log2(rounds / firstJudgement));

/** Which candidate has the smallest median, the first of equals, and which are surely slower. */
export function judge(series: readonly Pick<Series, "name" | "ms">[]): {
  readonly best: string;
  readonly slower: ReadonlySet<string>;
} {
  const standing = series.map(({ name, ms }) => ({ name, ms: estimate(ms) }));
  const best = standing.reduce((least, each) => (each.ms.median < least.ms.median ? each : least));
  const slower = standing.filter(({ ms }) => isSlower(ms, best.ms)).map(({ name }) => name);
  return { best: best.name, slower: new Set(slower) };
}

/** Whether a time's interval lies wholly above the best's, and by enough that an order of preference does not decide. */
export const isSlower = (ms: Estimate, best: Estimate): boolean => ms.low * worthwhile > best.high;

/** The first of those that did not go out, unless a later one is surely faster. Undefined if there is none. */
export function preferred(raced: readonly Raced[]): Raced | undefined {
  return raced
    .filter(({ slowerThan }) => slowerThan === null)
    .reduce<Raced | undefined>((chosen, row) => (!chosen || isFaster(row, chosen) ? row : chosen), undefined);
}

/** By the rounds that both had: what slowed both in a round cancels, and what slowed one alone makes it unsure. */
function isFaster(row: Raced, other: Raced): boolean {
  const ratio = estimateRatio(row.repetitions, other.repetitions, { paired: true });
  return ratio.median < worthwhile && ratio.high < 1;
}
