/** What a benchmark leaves: one JSON document that says what was measured, on what, and every repetition. */
import type { AdapterDescription, Device } from "../src/gpu/device.ts";
import { type Ceilings, measureCeilings, timestampQuantumNs } from "../src/gpu/probe.ts";
import { type Estimate, estimate } from "../src/gpu/statistics.ts";
import { clockQuantumNs } from "../src/gpu/timing.ts";

/** The kinds whose rows are times, which `bench diff` compares. */
export const timedKinds = ["kernels", "step", "scaling", "roofline"] as const;
export type TimedKind = (typeof timedKinds)[number];

/** What every result says of where it comes from. */
export interface Provenance {
  readonly adapter: AdapterDescription;
  /** Measured at the start of the same run. */
  readonly ceilings: Ceilings;
  /** The multiply-add rate once more, at the end: another one says that something else ran meanwhile. */
  readonly fmaGflopsAfter: number;
  /** The smallest step of the clock that times were taken with. */
  readonly clockQuantumNs: number;
  /** That of GPU timestamps, which are not used; null where there are none. */
  readonly timestampQuantumNs: number | null;
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Something that was timed. */
export interface TimedRow {
  /** Unlike any other row's, and the same in another run. */
  readonly name: string;
  /** Milliseconds: the median and its 95 % interval. */
  readonly ms: Estimate;
  /** Milliseconds of each repetition. */
  readonly repetitions: readonly number[];
}

export interface TimedDocument<Row extends TimedRow> extends Provenance {
  readonly kind: TimedKind;
  readonly rows: readonly Row[];
}

/** Measures what the results of this run are to be compared with; takes a second or two. */
export async function describeRun(
  device: Device,
  run: Pick<Provenance, "date" | "command" | "versions">,
): Promise<Omit<Provenance, "fmaGflopsAfter">> {
  return {
    adapter: device.description,
    ceilings: await measureCeilings(device),
    clockQuantumNs: clockQuantumNs(),
    timestampQuantumNs: await timestampQuantumNs(device),
    ...run,
  };
}

/** How much the machine may change its speed before a time means little: the largest rate over the smallest. */
const mostDrift = 1.2;

/** What to say of rates that were measured about the times, or nothing. GFLOP/s. */
export function driftWarning(rates: readonly number[]): string | undefined {
  const [lowest, highest] = [Math.min(...rates), Math.max(...rates)];
  if (highest <= mostDrift * lowest) return undefined;
  return (
    `the adapter's multiply-add rate went from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)} GFLOP/s between ` +
    "the measurements: something else ran, and the times mean little. Measure again on a quiet machine."
  );
}

/** A row of repetitions, in milliseconds. */
export const timedRow = (name: string, repetitions: readonly number[]): TimedRow => ({
  name,
  ms: estimate(repetitions),
  repetitions,
});
