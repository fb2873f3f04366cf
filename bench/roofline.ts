/**
 * `bench roofline`: every launch of a training step, one after another, against what the adapter can do.
 *
 * A round walks through the step: each launch runs, repeated until the clock can tell, before the next does. So each
 * works on the numbers that it has in training, and every round is a whole step.
 */
import type { Device } from "../src/gpu/device.ts";
import type { Launch } from "../src/gpu/launch.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import { type Series, timeInterleaved, type TimingOptions } from "../src/gpu/timing.ts";
import { type TimedRow, timedRow } from "./document.ts";
import type { BenchStep } from "./training-step.ts";
import { type Rates, ratesOf, type Work, workOf } from "./work.ts";

/** A launch of the step, with its time. */
export interface LaunchRow extends TimedRow, Work, Rates, Omit<Launch, "flops"> {
  /** Of the sum of all launches. */
  readonly share: number;
}

/** Launches that have something in common, with the sum of their medians. */
export interface Group extends Work, Rates {
  readonly name: string;
  readonly ms: number;
  readonly share: number;
}

export interface Roofline {
  /** The step as a whole, submitted and awaited in turns with its launches. */
  readonly step: TimedRow & Work & Rates;
  /** The sum of the launches' medians, in milliseconds. */
  readonly sumMs: number;
  readonly rows: readonly LaunchRow[];
  readonly phases: readonly Group[];
  readonly ops: readonly Group[];
}

const wholeStep = "the whole step";

/** Times every launch of a step, and the step. It should learn nothing: its launches are repeated. */
export async function measureRoofline(
  device: Device,
  step: BenchStep,
  ceilings: Ceilings,
  timing: TimingOptions,
): Promise<Roofline> {
  const { launches } = step.program;
  const names = namesOf(launches);
  const single = launches.map((_, i) => ({
    name: names[i]!,
    submit: (repeats: number) => step.program.runLaunches([i], repeats),
  }));
  const whole = {
    name: wholeStep,
    submit: (repeats: number) => {
      for (let i = 0; i < repeats; i++) step.submit();
    },
  };
  const series = await timeInterleaved(device, [...single, whole], timing);
  return describeRoofline(launches, series, ceilings);
}

/** @param series one a launch, in order, and the last of the whole step. */
export function describeRoofline(launches: readonly Launch[], series: readonly Series[], ceilings: Ceilings): Roofline {
  const timed = series.map(({ name, ms }) => timedRow(name, ms));
  const sumMs = timed.slice(0, launches.length).reduce((sum, { ms }) => sum + ms.median, 0);
  const rows = launches.map((launch, i): LaunchRow => {
    const row = timed[i]!;
    const work = workOf([launch]);
    return { ...launch, ...row, ...work, ...ratesOf(work, row.ms.median, ceilings), share: row.ms.median / sumMs };
  });
  const step = timed[launches.length]!;
  const work = workOf(launches);
  return {
    step: { ...step, ...work, ...ratesOf(work, step.ms.median, ceilings) },
    sumMs,
    rows,
    phases: groupsOf(rows, ({ phase }) => phase, ceilings),
    ops: groupsOf(rows, opOf, ceilings).sort((a, b) => b.ms - a.ms),
  };
}

/** `conv2d.forward`: what the launch runs. */
export const opOf = ({ op, entryPoint }: Pick<Launch, "op" | "entryPoint">): string => `${op}.${entryPoint}`;

/** `conv1 conv2d.forward`; a number where one occurs again. */
function namesOf(launches: readonly Launch[]): string[] {
  const seen = new Map<string, number>();
  return launches.map((launch) => {
    const name = `${launch.layer} ${opOf(launch)}`.trim();
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count > 1 ? `${name} ${count}` : name;
  });
}

function groupsOf(rows: readonly LaunchRow[], nameOf: (row: LaunchRow) => string, ceilings: Ceilings): Group[] {
  const groups = new Map<string, LaunchRow[]>();
  for (const row of rows) groups.set(nameOf(row), [...(groups.get(nameOf(row)) ?? []), row]);
  return [...groups].map(([name, members]) => {
    const work = {
      launches: members.length,
      flops: members.reduce((sum, { flops }) => sum + flops, 0),
      bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    const ms = members.reduce((sum, row) => sum + row.ms.median, 0);
    const share = members.reduce((sum, row) => sum + row.share, 0);
    return { name, ms, share, ...work, ...ratesOf(work, ms, ceilings) };
  });
}
