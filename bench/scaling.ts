/** `bench scaling`: how the time of a step grows with the batch and with the size of the images. */
import { CellgradError } from "../src/errors.ts";
import type { Device } from "../src/gpu/device.ts";
import type { Ceilings } from "../src/gpu/probe.ts";
import { measureStep, type StepRow } from "./step.ts";
import { createStep, defaultImages, stepName, type StepSpec } from "./training-step.ts";

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

/** A batch and size that cannot be trained here, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export interface Scaling {
  readonly rows: readonly ScalingRow[];
  readonly skipped: readonly Skipped[];
}

/**
 * Times a step for every batch and size. A step is given back before the next: all of them would not fit. What the
 * network or the device refuses is left out. @throws CellgradError if that is all of them.
 */
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
): Promise<Scaling> {
  const rows: SizedRow[] = [];
  const skipped: (Skipped & { error: CellgradError })[] = [];
  for (const size of ascending(sizes)) {
    for (const batch of ascending(batches)) {
      onStep?.(batch, size);
      const spec: StepSpec = { preset, outputs, batch, size, images: defaultImages(batch) };
      try {
        rows.push({ ...(await measureOne(device, spec, ceilings, repetitions)), batch, size });
      } catch (error) {
        if (!(error instanceof CellgradError)) throw error;
        skipped.push({ name: stepName(spec), reason: error.message, error });
      }
    }
  }
  const [first] = skipped;
  if (rows.length === 0 && first) throw first.error;
  return { rows: withGrowth(rows), skipped: skipped.map(({ name, reason }) => ({ name, reason })) };
}

async function measureOne(device: Device, spec: StepSpec, ceilings: Ceilings, repetitions: number): Promise<StepRow> {
  const step = await createStep(device, spec);
  try {
    return await measureStep(device, step, { spec, ceilings, timing: { repetitions } });
  } finally {
    step.destroy();
  }
}

type SizedRow = StepRow & { readonly batch: number; readonly size: number };

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** Adds what follows from a row and its neighbours. */
export function withGrowth<Row extends SizedRow>(rows: readonly Row[]): (Row & ScalingRow)[] {
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

function exponent<Row extends SizedRow>(row: Row, others: readonly Row[], by: "batch" | "size"): number | null {
  const smaller = others.filter((other) => other[by] < row[by]).sort((a, b) => b[by] - a[by])[0];
  return smaller ? Math.log(row.ms.median / smaller.ms.median) / Math.log(row[by] / smaller[by]) : null;
}
