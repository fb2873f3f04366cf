/** `bench kernels`: every kernel against its float64 reference, and only then against the clock. */
import { CellgradError } from "../src/errors.ts";
import type { Device } from "../src/gpu/device.ts";
import type { Launch } from "../src/gpu/launch.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import type { ReadyProgram } from "../src/gpu/ready-program.ts";
import { type Estimate, estimateRatio } from "../src/gpu/statistics.ts";
import { timeInterleaved, type TimingOptions } from "../src/gpu/timing.ts";
import { type TimedRow, timedRow } from "./document.ts";
import { type BenchRow, newProgram, type Recording, type Variant } from "./kernels/row.ts";
import { type Rates, ratesOf, type Work, workOf } from "./work.ts";

/** A variant that computes what it should, with its time. */
export interface KernelRow extends TimedRow, Work, Rates {
  readonly op: string;
  readonly label: string;
  readonly variant: string;
  /** The largest error of an element, relative to it or to the root mean square of its tensor. */
  readonly worstError: number;
  /** Its time over that of the row's first right variant, from the same rounds; null for that one. */
  readonly ratioToFirst: Estimate | null;
}

/** A variant that does not. It is not timed. */
export interface WrongKernel {
  readonly name: string;
  /** The output that is farthest off; empty for one that did not run. */
  readonly output: string;
  /** Infinite, which JSON has as null, where a value is no number. */
  readonly worstError: number;
  readonly tolerance: number;
  /** Why it did not run, such as what the compiler says; null for one that did. */
  readonly failure: string | null;
}

export interface KernelResults {
  readonly rows: readonly KernelRow[];
  readonly wrong: readonly WrongKernel[];
}

interface Candidate {
  readonly variant: string;
  readonly name: string;
  readonly ready: ReadyProgram;
  /** The launches that are timed. */
  readonly indices: readonly number[];
  readonly error: { output: string; worst: number };
}

interface RowCandidate extends Candidate {
  readonly row: BenchRow;
  readonly tolerance: number;
}

export interface KernelTiming extends TimingOptions {
  /** Before a row is checked. */
  readonly onRow?: (row: BenchRow, done: number) => void;
  /** Bytes on the device beyond which the rows that are open are timed and closed. */
  readonly groupBytes?: number;
}

const defaultGroupBytes = 2 ** 28;

/**
 * Checks rows, and times in turns all that are right: the repetitions of each lie far apart, so what the machine does
 * for a second does not meet one row alone. Rows that do not fit in memory together are timed group by group.
 */
export async function measureKernels(
  device: Device,
  rows: readonly BenchRow[],
  ceilings: Ceilings,
  { onRow, groupBytes = defaultGroupBytes, ...timing }: KernelTiming,
): Promise<KernelResults> {
  const timed: KernelRow[] = [];
  const wrong: WrongKernel[] = [];
  const before = device.memory.liveBytes;
  let group: RowCandidate[] = [];
  for (const [done, row] of rows.entries()) {
    onRow?.(row, done);
    group.push(...(await check(device, row, wrong)));
    if (device.memory.liveBytes - before < groupBytes && done < rows.length - 1) continue;
    timed.push(...(await time(device, group.filter(isRight), ceilings, timing)));
    wrong.push(...group.filter((candidate) => !isRight(candidate)).map(wrongKernel));
    for (const { ready } of group) destroy(device, ready);
    group = [];
  }
  return { rows: timed, wrong };
}

const isRight = ({ error, tolerance }: RowCandidate): boolean => error.worst <= tolerance;

const wrongKernel = ({ name, error, tolerance }: RowCandidate): WrongKernel => ({
  name,
  output: error.output,
  worstError: error.worst,
  tolerance,
  failure: null,
});

/** In one line. */
export const describeWrong = ({ name, output, worstError, tolerance, failure }: WrongKernel): string =>
  failure !== null
    ? `${name}: ${failure}`
    : `${name}: ${output} has a relative error of ${worstError.toExponential(1)} (at most ${tolerance})`;

/** @throws CellgradError naming every kernel that is wrong. */
export function requireRight(wrong: readonly WrongKernel[]): void {
  const [first] = wrong;
  if (!first) return;
  throw new CellgradError(
    `bench kernels: expected every kernel to agree with its reference, got ${wrong.length} that do not: ` +
      wrong.map(describeWrong).join("; "),
  );
}

/** @param failed gets the variants that do not run here; the others are still checked. */
async function check(device: Device, row: BenchRow, failed: WrongKernel[]): Promise<RowCandidate[]> {
  const open = row.open();
  const { tolerance } = open;
  const expected = open.expected();
  const candidates: RowCandidate[] = [];
  for (const variant of open.variants) {
    open.prepare?.(device);
    const name = open.variants.length > 1 ? `${row.op} ${row.label} / ${variant.name}` : `${row.op} ${row.label}`;
    try {
      const checked = await runOnce(device, variant, name, expected);
      candidates.push({ row, variant: variant.name, name, tolerance, ...checked });
    } catch (error) {
      const failure = failureOf(device, error);
      failed.push({ name, output: "", worstError: Infinity, tolerance, failure });
    }
  }
  return candidates;
}

/** What a variant could not do, in a line. @throws the error itself if the device bears no other variant either. */
export function failureOf(device: Device, error: unknown): string {
  device.check();
  if (!(error instanceof CellgradError)) throw error;
  return error.message.split("\n").slice(0, 2).join(" ");
}

/** Compiles a variant, runs it once and compares its outputs. */
export async function runOnce(
  device: Device,
  variant: Variant,
  name: string,
  expected: ReadonlyMap<string, Float64Array>,
): Promise<Omit<Candidate, "variant" | "name">> {
  const program = newProgram(variant, name, device.tuning);
  const recording = variant.record(program);
  for (const tensor of recording.outputs.values()) if (!tensor.slot.pinned) program.keep(tensor);
  const ready = await program.finish(device);
  ready.run();
  let error = { output: "", worst: 0 };
  for (const [output, values] of expected) {
    const tensor = recording.outputs.get(output);
    const worst = tensor ? worstError(await ready.read(tensor), values) : Infinity;
    if (!(worst <= error.worst)) error = { output, worst };
  }
  return { ready, indices: timedLaunches(ready.launches, recording), error };
}

/** The largest |actual - expected| over |expected| or the root mean square, whichever is larger; infinite for NaN. */
export function worstError(actual: ArrayLike<number>, expected: Float64Array): number {
  if (actual.length !== expected.length) return Infinity;
  const square = expected.reduce((sum, value) => sum + value * value, 0) / Math.max(expected.length, 1);
  const typical = Math.sqrt(square) || 1;
  let worst = 0;
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((actual[i] ?? NaN) - value) / Math.max(Math.abs(value), typical);
    if (!(error <= worst)) worst = Number.isFinite(error) ? error : Infinity;
  }
  return worst;
}

/** Launches of the recording's phase, but for those whose results only lead to what is aside. */
export function timedLaunches(launches: readonly Launch[], { phase, outputs, aside = [] }: Recording): number[] {
  const wanted = leadingTo(
    launches,
    [...outputs.values()].map(({ name }) => name),
  );
  const unwanted = leadingTo(
    launches,
    aside.map(({ name }) => name),
  );
  return launches.flatMap((launch, i) => (launch.phase === phase && (wanted.has(i) || !unwanted.has(i)) ? [i] : []));
}

function leadingTo(launches: readonly Launch[], targets: readonly string[]): Set<number> {
  const needed = new Set(targets);
  const found = new Set<number>();
  for (let i = launches.length - 1; i >= 0; i--) {
    const { bindings } = launches[i]!;
    if (!bindings.some(({ access, slot }) => access === "write" && needed.has(slot))) continue;
    found.add(i);
    for (const { access, slot } of bindings) if (access !== "write") needed.add(slot);
  }
  return found;
}

async function time(
  device: Device,
  candidates: readonly RowCandidate[],
  ceilings: Ceilings,
  timing: TimingOptions,
): Promise<KernelRow[]> {
  const series = await timeInterleaved(
    device,
    candidates.map(({ name, ready, indices }) => ({
      name,
      submit: (repeats: number) => ready.runLaunches(indices, repeats),
    })),
    timing,
  );
  return candidates.map(({ row: { op, label }, variant, name, ready, indices, error }, i) => {
    const { ms } = series[i]!;
    const row = timedRow(name, ms);
    const first = candidates.findIndex((other) => other.row.op === op && other.row.label === label);
    const work = workOf(indices.map((index) => ready.launches[index]!));
    const ratioToFirst = i > first ? estimateRatio(ms, series[first]!.ms, { paired: true }) : null;
    const rates = ratesOf(work, row.ms.median, ceilings);
    return { op, label, variant, ...row, ...work, ...rates, worstError: error.worst, ratioToFirst };
  });
}

/** Gives all memory of a row's program back. */
export function destroy(device: Device, ready: ReadyProgram): void {
  ready.destroy();
  for (const slot of ready.pinnedSlots) device.release(slot);
}
