/** `cellgrad bench step`: how long a training step takes, what of the adapter's peak it reaches, and an evaluation's time. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Provenance } from "../../bench/document.ts";
import { measureRoofline } from "../../bench/roofline.ts";
import { measureEvaluation, measureStep, type StepRow } from "../../bench/step.ts";
import { traceOf } from "../../bench/trace.ts";
import { createStep, defaultImages, stepName, type StepSpec } from "../../bench/training-step.ts";
import type { Estimate } from "../gpu/statistics.ts";
import {
  measureOptions,
  type MeasureOptions,
  type StepOptions,
  stepOptions,
  stepSpecOf,
  traceOption,
} from "./bench-options.ts";
import { type BenchRun, cellsOf, figure, percent, runBench, save } from "./bench-run.ts";
import { printTable } from "./output.ts";

/** A trace is a picture: fewer and shorter rounds than those of a result will do. */
const traceTiming = { repetitions: 3, shortestBatchMs: 10 };

export const builder = (yargs: Argv) => yargs.options({ ...stepOptions, ...traceOption, ...measureOptions });

interface Options extends MeasureOptions, StepOptions {
  readonly trace: string | undefined;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  await runBench("step", options, (run) => measure(run, options), printStep);
}

/** What programs may rely on stands beside the row. */
interface StepResult extends Pick<
  StepRow,
  "firstStepMs" | "launches" | "submits" | "allocations" | "gflops" | "shareOfPeak"
> {
  readonly preset: string;
  readonly batch: number;
  readonly size: number;
  readonly msPerStep: Estimate;
  /** Of a batch as large as the step's, with nothing read back. */
  readonly msPerEvaluation: Estimate;
  readonly rows: readonly [StepRow];
}

async function measure({ device, provenance, line }: BenchRun, options: Options): Promise<StepResult> {
  const asked = stepSpecOf(options, device);
  const spec: StepSpec = { ...asked, images: defaultImages(asked.batch) };
  const onCompile = (compiled: number, total: number) => line.show(`compiled ${compiled}/${total} kernels`);
  const step = await createStep(device, spec, { onCompile });
  const { ceilings } = provenance;
  const onRepetition = (done: number, total: number) => line.show(`repetition ${done}/${total}`);
  const timing = { repetitions: options.repetitions, onRepetition };
  const row = await measureStep(device, step, { spec, ceilings, timing });
  const onEvaluation = (done: number, total: number) => line.show(`evaluation: repetition ${done}/${total}`);
  const evaluation = await measureEvaluation(device, step, { spec, timing: { ...timing, onRepetition: onEvaluation } });
  if (options.trace !== undefined) {
    line.show("timing single launches for the trace");
    const { rows } = await measureRoofline(device, step, ceilings, traceTiming);
    line.clear();
    await save(options.trace, JSON.stringify(traceOf(traceTitle(spec, provenance), rows)));
  }
  const { firstStepMs, launches, submits, allocations, gflops, shareOfPeak } = row;
  return {
    ...{ preset: spec.preset, batch: spec.batch, size: spec.size },
    ...{
      msPerStep: row.ms,
      msPerEvaluation: evaluation.ms,
      firstStepMs,
      launches,
      submits,
      allocations,
      gflops,
      shareOfPeak,
    },
    rows: [row],
  };
}

/** What a trace is of. */
export const traceTitle = (spec: StepSpec, { adapter }: Pick<Provenance, "adapter">): string =>
  `one training step: ${stepName(spec)}, on ${adapter.name}`;

function printStep({ rows: [row], batch, msPerStep, msPerEvaluation }: StepResult): void {
  const [median, interval] = cellsOf(msPerStep);
  const [medianOfEvaluation, intervalOfEvaluation] = cellsOf(msPerEvaluation);
  printTable([
    ["step", row.name],
    ["ms a step", `${median}, 95% in ${interval}, ${row.repetitions.length} repetitions`],
    ["ms an evaluation", `${medianOfEvaluation}, 95% in ${intervalOfEvaluation}, of a batch as large`],
    ["throughput", `${figure((batch * 1000) / msPerStep.median)} images/s`],
    ["first step", `${figure(row.firstStepMs)} ms, compiling included`],
    ["a step asks for", `${row.launches} launches, ${row.submits} submits, ${row.allocations} allocations`],
    ["rate", `${figure(row.gflops)} GFLOP/s, ${figure(row.gbps)} GB/s, ${percent(row.shareOfPeak)} of peak`],
  ]);
}
