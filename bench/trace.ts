/**
 * A training step as a Chrome trace, which https://ui.perfetto.dev shows: one event a launch, a track for each phase.
 * The launches stand one after another, each as long as its median. Format: "Trace Event Format", Google, 2016.
 */
import type { Phase } from "../src/gpu/launch.ts";
import type { LaunchRow } from "./roofline.ts";

export interface TraceEvent {
  readonly name: string;
  /** "X": an event that has a duration; "M": what a track is called. */
  readonly ph: "X" | "M";
  readonly cat?: Phase;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Trace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
}

const phases: readonly Phase[] = ["data", "forward", "backward", "update"];
const pid = 1;

/** @param title what the trace is of, such as the preset and the adapter. */
export function traceOf(title: string, rows: readonly LaunchRow[]): Trace {
  const tracks = phases.map((phase, i) => ({
    ...{ name: "thread_name", ph: "M" as const, pid, tid: i + 1 },
    args: { name: phase },
  }));
  let ts = 0;
  const events = rows.map((row): TraceEvent => {
    const dur = row.ms.median * 1e3;
    const event = { ph: "X" as const, cat: row.phase, pid, tid: phases.indexOf(row.phase) + 1, ts, dur };
    ts += dur;
    return { name: row.name, ...event, args: argumentsOf(row) };
  });
  const process = { name: "process_name", ph: "M" as const, pid, tid: 0, args: { name: title } };
  return { displayTimeUnit: "ms", traceEvents: [process, ...tracks, ...events] };
}

function argumentsOf(row: LaunchRow): Record<string, unknown> {
  const { flops, bytesRead, bytesWritten, gflops, gbps, shareOfPeak, bound, shader, workgroups, tunables } = row;
  return { shader, workgroups, flops, bytesRead, bytesWritten, gflops, gbps, shareOfPeak, bound, constants: tunables };
}
