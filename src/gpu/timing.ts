/**
 * How long work on the GPU takes, by the clock of the host: from a submit to the end of all that was submitted. A batch
 * repeats the same work until it is long beside the clock's steps and the waiting. Candidates take turns, A B C A B C,
 * so that whatever else the machine does meets all of them alike.
 */
import type { Device } from "./device.ts";

/** Something to be timed. */
export interface Candidate {
  readonly name: string;
  /** Submits the work so many times over; waits for nothing. */
  readonly submit: (repeats: number) => void;
}

/** The times of one candidate. */
export interface Series {
  readonly name: string;
  /** Times that a batch repeats the work. */
  readonly repeats: number;
  /** Milliseconds for the work once, a number for each round that it had. Those of one index belong to the same round. */
  readonly ms: readonly number[];
}

export interface TimingOptions {
  /** Rounds, each of which times one batch of every candidate. */
  readonly repetitions: number;
  /** Milliseconds that a batch takes at least. */
  readonly shortestBatchMs?: number;
  /** Batches done, of how many at most; those that find out how often to repeat are not counted. */
  readonly onBatch?: (done: number, total: number) => void;
  /** After each round: which of those that had it have another. All of them unless given; none ends the timing. */
  readonly goesOn?: (series: readonly Series[]) => readonly Series[];
}

/** Fewer repetitions say nothing of their spread. */
export const fewestRepetitions = 9;
/**
 * Milliseconds. Node waits for a batch in naps of one (src/gpu/device.node.ts), so its end is seen up to so much too
 * late. Shorter naps would take from a software adapter the core that it needs: a step on two cores took a tenth longer.
 */
export const shortestBatch = 40;

/** Times candidates in turns. Every one is warmed up first. @throws DeviceError if the GPU fails. */
export async function timeInterleaved(
  device: Device,
  candidates: readonly Candidate[],
  { repetitions, shortestBatchMs = shortestBatch, onBatch, goesOn = (series) => series }: TimingOptions,
): Promise<Series[]> {
  await device.settled();
  const runs: (Series & { readonly candidate: Candidate; readonly ms: number[] })[] = [];
  for (const candidate of candidates) {
    const repeats = await repeatsOf(device, candidate, shortestBatchMs);
    runs.push({ candidate, name: candidate.name, repeats, ms: [] });
  }
  let going = runs;
  let done = 0;
  for (let round = 0; round < repetitions && going.length > 0; round++) {
    for (const { candidate, repeats, ms } of going) {
      ms.push((await batchMs(device, candidate, repeats)) / repeats);
      onBatch?.(++done, repetitions * runs.length);
    }
    const left = new Set(goesOn(going));
    going = going.filter((run) => left.has(run));
  }
  return runs.map(({ name, repeats, ms }) => ({ name, repeats, ms }));
}

/** Doubles the repeats until a batch is long enough, twice in a row: a hiccup of the machine makes one long by itself. */
async function repeatsOf(device: Device, candidate: Candidate, shortestBatchMs: number): Promise<number> {
  await batchMs(device, candidate, 1);
  const isLong = async (repeats: number) => (await batchMs(device, candidate, repeats)) >= shortestBatchMs;
  let repeats = 1;
  while (!(await isLong(repeats)) || !(await isLong(repeats))) repeats *= 2;
  return repeats;
}

async function batchMs(device: Device, candidate: Candidate, repeats: number): Promise<number> {
  const began = performance.now();
  candidate.submit(repeats);
  await device.settled();
  return performance.now() - began;
}

/** The smallest step that the host's clock was seen to make, in nanoseconds. */
export function clockQuantumNs(): number {
  let smallest = Infinity;
  for (let i = 0; i < 100; i++) {
    const before = performance.now();
    let after = before;
    while (after === before) after = performance.now();
    smallest = Math.min(smallest, after - before);
  }
  return Math.round(smallest * 1e6);
}
