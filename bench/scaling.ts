/** `bench scaling`: how the time of a step grows with the batch and with the size of the images. */
import type { Device } from "../src/gpu/device.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import { measureStep, type StepRow } from "./step.ts";
import { createStep, defaultImages, type StepSpec } from "./training-step.ts";

export interface ScalingRow extends StepRow {
  readonly batch: number;
  readonly size: number;
  readonly msPerImage: number;
  /** d log(ms) / d log(batch) from the next smaller batch at this size: 1 where time is proportional; null for the first. */
  readonly batchExponent: number | null;
  /** d log(ms) / d log(size) from the next smaller size at this batch: 2 where time is as the pixels; null for the first. */
  readonly sizeExponent: number | null;
}

export interface Grid {
  readonly preset: string;
  readonly outputs: number;
  readonly batches: readonly number[];
  readonly sizes: readonly number[];
}

/** Times a step for every batch and size. A step is given back before the next: all of them would not fit. */
export async function measureScaling(
  device: Device,
  { preset, outputs, batches, sizes }: Grid,
  {
    ceilings,
    repetitions,
    onStep,
  }: {
    readonly ceilings: Ceilings;
    readonly repetitions: number;
    readonly onStep?: (batch: number, size: number) => void;
  },
): Promise<ScalingRow[]> {
  const rows: (StepRow & { batch: number; size: number })[] = [];
  for (const size of ascending(sizes)) {
    for (const batch of ascending(batches)) {
      onStep?.(batch, size);
      const spec: StepSpec = { preset, outputs, batch, size, images: defaultImages(batch) };
      const step = await createStep(device, spec);
      rows.push({ ...(await measureStep(device, step, { spec, ceilings, timing: { repetitions } })), batch, size });
      step.destroy();
    }
  }
  return withGrowth(rows);
}

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** Adds what follows from a row and its neighbours. */
export function withGrowth<Row extends StepRow & { batch: number; size: number }>(
  rows: readonly Row[],
): (Row & ScalingRow)[] {
  return rows.map((row) => ({
    ...row,
    msPerImage: row.ms.median / row.batch,
    batchExponent: exponent(
      row,
      rows.filter(({ size }) => size === row.size),
      "batch",
    ),
    sizeExponent: exponent(
      row,
      rows.filter(({ batch }) => batch === row.batch),
      "size",
    ),
  }));
}

function exponent<Row extends StepRow & { batch: number; size: number }>(
  row: Row,
  others: readonly Row[],
  by: "batch" | "size",
): number | null {
  const smaller = others.filter((other) => other[by] < row[by]).sort((a, b) => b[by] - a[by])[0];
  return smaller ? Math.log(row.ms.median / smaller.ms.median) / Math.log(row[by] / smaller[by]) : null;
}
