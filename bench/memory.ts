/** `bench memory`: what training plans to hold on the device, and what it came to hold. */
import type { Device } from "../src/gpu/device.ts";
import { recordEvaluation } from "../src/nn/train-step.ts";
import { type BenchStep, createStep, slotKind, type StepSpec } from "./training-step.ts";

export interface MemoryRow {
  readonly name: string;
  readonly plannedBytes: number;
}

export interface MemoryUse {
  readonly rows: readonly MemoryRow[];
  /** The sum of the rows. */
  readonly plannedBytes: number;
  /** The most that GPU buffers held at once, in two steps, an evaluation, and the reading of its predictions. */
  readonly peakBytes: number;
  /** How far the peak is from the plan, relative to the plan. */
  readonly deviation: number;
}

/** What the peak may deviate. */
export const memoryTolerance = 0.1;

/** Needs a device on which nothing else is alive. */
export async function measureMemory(
  device: Device,
  spec: StepSpec,
  onCompile?: (compiled: number, total: number) => void,
): Promise<MemoryUse> {
  const before = device.memory.liveBytes;
  device.memory.peakBytes = before;
  const step = await createStep(device, spec, { ...(onCompile && { onCompile }) });
  const evaluation = await recordEvaluation(step.parts, spec.batch).finish(device);
  step.submit();
  evaluation.run();
  await step.parts.data.readPredictions(device, spec.images);
  const peakBytes = device.memory.peakBytes - before;
  const rows = plan(step, evaluation.plannedBytes);
  evaluation.destroy();
  step.destroy();
  const plannedBytes = rows.reduce((sum, row) => sum + row.plannedBytes, 0);
  return { rows, plannedBytes, peakBytes, deviation: peakBytes / plannedBytes - 1 };
}

function plan(step: BenchStep, evaluationBytes: number): MemoryRow[] {
  const kinds = new Map<string, number>();
  for (const slot of step.program.pinnedSlots) {
    const kind = slotKind(step, slot);
    kinds.set(kind, (kinds.get(kind) ?? 0) + slot.bytes);
  }
  return [
    { name: "temporaries of a step", plannedBytes: step.program.plannedBytes },
    { name: "temporaries of an evaluation", plannedBytes: evaluationBytes },
    ...[...kinds].map(([name, plannedBytes]) => ({ name, plannedBytes })),
  ];
}
