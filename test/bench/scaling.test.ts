import { expect, test } from "vitest";
import { scalingPlot } from "../../bench/scaling-plot.ts";
import { measureScaling, withGrowth } from "../../bench/scaling.ts";
import type { StepRow } from "../../bench/step.ts";
import { ShapeError } from "../../src/errors.ts";
import { openTestDevice } from "../support/device.ts";
import { expectWellFormed } from "./well-formed.ts";

const device = await openTestDevice();
const ceilings = { fmaGflops: 100, copyGBps: 10, dispatchUs: 10 };

const row = (batch: number, size: number, ms: number): StepRow & { batch: number; size: number } => ({
  ...{ name: `batch ${batch}, ${size}`, batch, size, ms: { median: ms, low: ms, high: ms }, repetitions: [] },
  ...{ firstStepMs: 0, launches: 1, flops: 1, bytes: 1, submits: 1, allocations: 0 },
  ...{ gflops: 1, gbps: 1, shareOfPeak: 0.1 },
});

const rows = withGrowth([row(1, 32, 10), row(4, 32, 40), row(8, 32, 56.57), row(1, 64, 40), row(4, 64, 160)]);

test("growth: 1 where time is as the batch, 2 where it is as the pixels, from the next smaller neighbour", () => {
  const rounded = (value: number | null) => (value === null ? null : Number(value.toFixed(2)));
  expect(rows.map(({ batchExponent }) => rounded(batchExponent))).toEqual([null, 1, 0.5, null, 1]);
  expect(rows.map(({ sizeExponent }) => rounded(sizeExponent))).toEqual([null, null, null, 2, 2]);
  expect(rows.map(({ msPerImage }) => rounded(msPerImage))).toEqual([10, 10, 7.07, 40, 40]);
});

test("the plot has a curve for each size", () => {
  const svg = scalingPlot("R-Net", rows);
  expectWellFormed(svg);
  expect(svg.match(/<path[^>]*stroke-width="2"/g)).toHaveLength(2);
  expect(svg).toContain("64 x 64");
});

test("what cannot be trained is left out, with the reason; if that is all, it is an error", async () => {
  const grid = { preset: "tiny", outputs: 2, batches: [1, 2], sizes: [18] };
  const { rows: measured, skipped } = await measureScaling(device, grid, { ceilings, repetitions: 1 });
  expect(measured.map(({ batch, size }) => [batch, size])).toEqual([[2, 18]]);
  expect(skipped.map(({ name }) => name)).toEqual(["tiny, batch 1, 18 x 18"]);
  expect(skipped[0].reason).toMatch(/^denseNorm: expected at least two samples/);
  const none = measureScaling(device, { ...grid, sizes: [4] }, { ceilings, repetitions: 1 });
  await expect(none).rejects.toThrow(ShapeError);
});
