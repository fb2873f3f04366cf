import { describe, expect, test } from "vitest";
import { rooflinePlot } from "../../bench/roofline-plot.ts";
import { describeRoofline } from "../../bench/roofline.ts";
import { traceOf } from "../../bench/trace.ts";
import type { Launch } from "../../src/gpu/launch.ts";
import { expectWellFormed } from "./well-formed.ts";

const ceilings = { fmaGflops: 100, copyGBps: 10, dispatchUs: 10 };

const launch = (layer: string, op: string, phase: Launch["phase"], flops: number, bytes: number): Launch => ({
  ...{ op, entryPoint: "run", layer, phase, shader: `${op}.wgsl`, tunables: { size: 7 }, bindings: [] },
  ...{ workgroups: [3, 2, 1], flops, bytesRead: bytes / 2, bytesWritten: bytes / 2 },
});

const launches = [
  launch("", "gather", "data", 0, 1e6),
  launch("conv1", "conv2d", "forward", 1e9, 1e6),
  launch("conv1", "conv2d", "forward", 5e8, 1e6),
  launch("bn1", "norm", "backward", 1e6, 4e7),
  launch("", "tiny", "update", 10, 40),
];
/** Milliseconds. */
const medians = [1, 20, 10, 8, 0.02, 36];
const names = ["gather.run", "conv1 conv2d.run", "conv1 conv2d.run 2", "bn1 norm.run", "tiny.run", "the whole step"];
const series = medians.map((ms, i) => ({ name: names[i], repeats: 1, ms: Array<number>(9).fill(ms) }));
const roofline = describeRoofline(launches, series, ceilings);
const { rows, phases, ops } = roofline;

test("each launch has its time, its rates, its share and what bounds it", () => {
  expect(rows.map(({ bound }) => bound)).toEqual(["memory", "compute", "compute", "memory", "launch"]);
  expect(rows[1]).toMatchObject({ gflops: 50, gbps: 0.05, shareOfPeak: 0.5, ms: { median: 20, low: 20, high: 20 } });
  expect(rows[3]).toMatchObject({ gbps: 5, shareOfPeak: 0.5 });
  expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(roofline.sumMs).toBeCloseTo(39.02, 12);
  expect(roofline.step.ms.median).toBe(36);
});

test("phases and ops are sums", () => {
  expect(phases.map(({ name, launches: count, ms }) => [name, count, ms])).toEqual([
    ["data", 1, 1],
    ["forward", 2, 30],
    ["backward", 1, 8],
    ["update", 1, 0.02],
  ]);
  expect(ops.map(({ name }) => name)).toEqual(["conv2d.run", "norm.run", "gather.run", "tiny.run"]);
  expect(ops[0]).toMatchObject({ flops: 1.5e9, bytes: 2e6, gflops: 50 });
});

describe("the trace", () => {
  const { traceEvents, displayTimeUnit } = traceOf("a step", rows);
  const events = traceEvents.filter(({ ph }) => ph === "X");

  test("has an event a launch, one after another, in microseconds", () => {
    expect(displayTimeUnit).toBe("ms");
    expect(events.map(({ name }) => name)).toEqual(names.slice(0, -1));
    expect(events.map(({ dur }) => dur)).toEqual([1000, 20000, 10000, 8000, 20]);
    expect(events.map(({ ts }) => ts)).toEqual([0, 1000, 21000, 31000, 39000]);
  });

  test("has a track for each phase, with its name", () => {
    const tracks = traceEvents.filter(({ name }) => name === "thread_name");
    expect(tracks.map(({ args }) => args.name)).toEqual(["data", "forward", "backward", "update"]);
    for (const { cat, tid } of events) expect(tracks.find((track) => track.tid === tid)?.args.name).toBe(cat);
  });

  test("says of a launch what it works on", () => {
    expect(events[1].args).toMatchObject({
      ...{ flops: 1e9, bytesRead: 5e5, bytesWritten: 5e5, workgroups: [3, 2, 1], constants: { size: 7 } },
      ...{ shader: "conv2d.wgsl", bound: "compute", shareOfPeak: 0.5 },
    });
  });
});

test("the plot is an SVG with a point for each launch that computes, both ceilings, and a legend", () => {
  const svg = rooflinePlot("R-Net <on> A & B", rows, ceilings);
  expectWellFormed(svg);
  expect(svg).toContain("R-Net &lt;on&gt; A &amp; B");
  expect(svg.match(/<circle[^>]*fill-opacity/g)).toHaveLength(4);
  expect(svg).toContain("100 GFLOP/s multiply-add");
  expect(svg).toContain("10.0 GB/s copy");
  for (const op of ["conv2d", "norm", "tiny"]) expect(svg).toContain(`>${op}</text>`);
  expect(svg).toContain("4 of 5 launches");
});

test("a plot of nothing is still a plot", () => {
  expectWellFormed(rooflinePlot("nothing", [], ceilings));
});
