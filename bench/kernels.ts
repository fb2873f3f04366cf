/** `bench kernels`: every kernel against its float64 reference, and only then against the clock. */
import { CellgradError } from "../src/errors.ts";
import type { Device } from "../src/gpu/device.ts";
import type { Launch } from "../src/gpu/launch.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import type { ReadyProgram } from "../src/gpu/ready-program.ts";
import { type Estimate, estimateRatio } from "../src/gpu/statistics.ts";
import { timeInterleaved, type TimingOptions } from "../src/gpu/timing.ts";
import { type TimedRow, timedRow } from "./document.ts";
import { type BenchRow, newProgram, type OpenRow, type Recording, type Variant } from "./kernels/row.ts";
import { type Rates, ratesOf, type Work, workOf } from "./work.ts";

/** A variant that computes what it should, with its time. */
export interface KernelRow extends TimedRow, Work, Rates {
  readonly op: string;
  readonly label: string;
  readonly variant: string;
  /** The largest error of an element, relative to it or to the root mean square of its tensor. */
  readonly worstError: number;
  /** Its time over that of the row's first variant, from the same rounds; null for the first. */
  readonly ratioToFirst: Estimate | null;
}

/** A variant that does not. It is not timed. */
export interface WrongKernel {
  readonly name: string;
  /** The output that is farthest off. */
  readonly output: string;
  /** Infinite, which JSON has as null, where a value is no number. */
  readonly worstError: number;
  readonly tolerance: number;
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

/** Checks and times rows, one after another; the variants of a row in turns. */
export async function measureKernels(
  device: Device,
  rows: readonly BenchRow[],
  ceilings: Ceilings,
  { onRow, ...timing }: TimingOptions & { onRow?: (row: BenchRow, done: number) => void },
): Promise<KernelResults> {
  const timed: KernelRow[] = [];
  const wrong: WrongKernel[] = [];
  for (const [done, row] of rows.entries()) {
    onRow?.(row, done);
    const open = row.open();
    const { tolerance } = open;
    const candidates = await check(device, row, open);
    const right = candidates.filter(({ error }) => error.worst <= tolerance);
    for (const { name, error } of candidates.filter(({ error }) => !(error.worst <= tolerance))) {
      wrong.push({ name, output: error.output, worstError: error.worst, tolerance });
    }
    timed.push(...(await time(device, row, right, ceilings, timing)));
    for (const { ready } of candidates) destroy(device, ready);
  }
  return { rows: timed, wrong };
}

/** In one line. */
export const describeWrong = ({ name, output, worstError, tolerance }: WrongKernel): string =>
  `${name}: ${output} has a relative error of ${worstError.toExponential(1)} (at most ${tolerance})`;

/** @throws CellgradError naming every kernel that is wrong. */
export function requireRight(wrong: readonly WrongKernel[]): void {
  const [first] = wrong;
  if (!first) return;
  throw new CellgradError(
    `bench kernels: expected every kernel to agree with its reference, got ${wrong.length} that do not: ` +
      wrong.map(describeWrong).join("; "),
  );
}

async function check(device: Device, row: BenchRow, open: OpenRow): Promise<Candidate[]> {
  const expected = open.expected();
  const candidates: Candidate[] = [];
  for (const variant of open.variants) {
    open.prepare?.(device);
    const name = open.variants.length > 1 ? `${row.op} ${row.label} / ${variant.name}` : `${row.op} ${row.label}`;
    candidates.push({ variant: variant.name, name, ...(await runOnce(device, variant, name, expected)) });
  }
  return candidates;
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
  { op, label }: BenchRow,
  candidates: readonly Candidate[],
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
  const first = series[0]?.ms ?? [];
  return candidates.map(({ variant, name, ready, indices, error }, i) => {
    const { ms } = series[i]!;
    const row = timedRow(name, ms);
    const work = workOf(indices.map((index) => ready.launches[index]!));
    const ratioToFirst = i > 0 ? estimateRatio(ms, first, { paired: true }) : null;
    const rates = ratesOf(work, row.ms.median, ceilings);
    return { op, label, variant, ...row, ...work, ...rates, worstError: error.worst, ratioToFirst };
  });
}

/** Gives all memory of a row's program back. */
export function destroy(device: Device, ready: ReadyProgram): void {
  ready.destroy();
  for (const slot of ready.pinnedSlots) device.release(slot);
}
