/** `cellgrad bench roofline`: every launch of a training step, and what bounds it. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Provenance } from "../../bench/document.ts";
import { rooflinePlot } from "../../bench/roofline-plot.ts";
import { type Group, measureRoofline, opOf, type Roofline } from "../../bench/roofline.ts";
import { traceOf } from "../../bench/trace.ts";
import { createStep, defaultImages, stepName } from "../../bench/training-step.ts";
import {
  measureOptions,
  type MeasureOptions,
  type StepOptions,
  stepOptions,
  stepSpecOf,
  svgOption,
  traceOption,
} from "./bench-options.ts";
import { type BenchRun, cellsOf, figure, percent, runBench, save } from "./bench-run.ts";
import { traceTitle } from "./bench-step.ts";
import { print, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs.options({ ...stepOptions, ...svgOption, ...traceOption, ...measureOptions });

interface Options extends MeasureOptions, StepOptions {
  readonly svg: string | undefined;
  readonly trace: string | undefined;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  await runBench("roofline", options, (run) => measure(run, options), printRoofline);
}

async function measure({ device, provenance, line }: BenchRun, { repetitions, svg, trace, ...options }: Options) {
  const asked = stepSpecOf(options, device);
  const spec = { ...asked, images: defaultImages(asked.batch) };
  const onCompile = (compiled: number, total: number) => line.show(`compiled ${compiled}/${total} kernels`);
  // Learning nothing, the step may be repeated without end.
  const step = await createStep(device, spec, { learningRate: 0, onCompile });
  const onBatch = (done: number, total: number) => line.show(`timed ${done}/${total}`);
  const roofline = await measureRoofline(device, step, provenance.ceilings, { repetitions, onBatch });
  line.clear();
  const title = `${stepName(spec)}, ${provenance.adapter.name}`;
  if (svg !== undefined) await save(svg, rooflinePlot(title, roofline.rows, provenance.ceilings));
  if (trace !== undefined) await save(trace, JSON.stringify(traceOf(traceTitle(spec, provenance), roofline.rows)));
  const { preset, batch, size } = spec;
  return { preset, batch, size, ...roofline };
}

function printRoofline({ rows, phases, ops, step, sumMs }: Provenance & Roofline): void {
  printTable([
    ["n", "phase", "launch", "ms", "95% interval", "share", "MFLOP", "MB", "GFLOP/s", "GB/s", "of peak", "bound"],
    ...rows.map((row, n) => [
      ...[String(n), row.phase, `${row.layer} ${opOf(row)}`.trim()],
      ...[...cellsOf(row.ms), ...workCells(row)],
    ]),
  ]);
  for (const [title, groups] of [
    ["phase", phases],
    ["op", ops],
  ] as const) {
    print("");
    printGroups(title, groups);
  }
  const [median, interval] = cellsOf(step.ms);
  print(`\nlaunches one by one take ${figure(sumMs)} ms, the step ${median} ms ${interval}`);
  print(`the step: ${figure(step.gflops)} GFLOP/s, ${figure(step.gbps)} GB/s, ${percent(step.shareOfPeak)} of peak`);
}

function printGroups(title: string, groups: readonly Group[]): void {
  printTable([
    [title, "launches", "ms", "share", "MFLOP", "MB", "GFLOP/s", "GB/s", "of peak", "bound"],
    ...groups.map((group) => [group.name, String(group.launches), figure(group.ms), ...workCells(group)]),
  ]);
}

const workCells = ({ share, flops, bytes, gflops, gbps, shareOfPeak, bound }: Group | Roofline["rows"][number]) => [
  percent(share),
  (flops / 1e6).toFixed(2),
  (bytes / 1e6).toFixed(2),
  figure(gflops),
  figure(gbps),
  percent(shareOfPeak),
  bound,
];
