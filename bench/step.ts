/** `bench step`: how long a training step and an evaluation take while each follows its like, as in training. */
import type { Device } from "../src/gpu/device.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import { shortestBatch } from "../src/gpu/timing.ts";
import { Pacer } from "../src/nn/pacer.ts";
import { recordEvaluation } from "../src/nn/train-step.ts";
import { type TimedRow, timedRow } from "./document.ts";
import { type BenchStep, stepName, type StepSpec } from "./training-step.ts";
import { ratesOf, workOf } from "./work.ts";

export interface StepRow extends TimedRow {
  /** Recording, compiling and the first step together, in milliseconds. */
  readonly firstStepMs: number;
  readonly launches: number;
  readonly flops: number;
  readonly bytes: number;
  /** Asked of WebGPU by a step, after the first. */
  readonly submits: number;
  /** Buffers, bind groups and pipelines made by a step, after the first. */
  readonly allocations: number;
  readonly gflops: number;
  readonly gbps: number;
  /** The larger of the shares of the measured multiply-add rate and copy bandwidth. */
  readonly shareOfPeak: number;
}

export interface StepTiming {
  readonly repetitions: number;
  readonly onRepetition?: (done: number, total: number) => void;
}

/** Steps that fill the queue before the clock starts. */
const lead = 3;

/** Times a step that has run once. @throws DeviceError if the GPU fails. */
export async function measureStep(
  device: Device,
  step: BenchStep,
  { spec, ceilings, timing }: { spec: StepSpec; ceilings: Ceilings; timing: StepTiming },
): Promise<StepRow> {
  const { ms, steps, asked } = await repeat(device, step.submit, timing);
  const row = timedRow(stepName(spec), ms);
  const work = workOf(step.program.launches);
  const { gflops, gbps, shareOfPeak } = ratesOf(work, row.ms.median, ceilings);
  return {
    ...row,
    firstStepMs: step.firstStepMs,
    ...work,
    submits: asked.submits / steps,
    allocations: (asked.buffers + asked.bindGroups + asked.pipelines) / steps,
    ...{ gflops, gbps, shareOfPeak },
  };
}

/** Times evaluations of a step's batch as they follow each other; their predictions stay on the device. */
export async function measureEvaluation(
  device: Device,
  step: BenchStep,
  { spec, timing }: { spec: StepSpec; timing: StepTiming },
): Promise<TimedRow> {
  const program = await recordEvaluation(step.parts, spec.batch).finish(device);
  try {
    const { ms } = await repeat(device, () => program.run(), timing);
    return timedRow(`evaluation, ${stepName(spec)}`, ms);
  } finally {
    program.destroy();
  }
}

/** The queue stays full from the first repetition to the last; a step ends when the next may be submitted. */
async function repeat(device: Device, submit: () => void, { repetitions, onRepetition }: StepTiming) {
  const pacer = new Pacer(device);
  const after = async (steps: number): Promise<number> => {
    for (let i = 0; i < steps; i++) {
      submit();
      await pacer.submitted();
    }
    return performance.now();
  };
  let began = await after(lead);
  let perRepetition = 1;
  for (let now = await after(1); now - began < shortestBatch; now = await after(perRepetition)) {
    perRepetition *= 2;
    began = now;
  }
  const before = { ...device.counters };
  const ms: number[] = [];
  let last = performance.now();
  for (let done = 1; done <= repetitions; done++) {
    const now = await after(perRepetition);
    ms.push((now - last) / perRepetition);
    last = now;
    onRepetition?.(done, repetitions);
  }
  const { submits, buffers, bindGroups, pipelines } = device.counters;
  const asked = {
    submits: submits - before.submits,
    buffers: buffers - before.buffers,
    bindGroups: bindGroups - before.bindGroups,
    pipelines: pipelines - before.pipelines,
  };
  await device.settled();
  return { ms, steps: repetitions * perRepetition, asked };
}
