import { describe, expect, test } from "vitest";
import { measureKernels, requireRight, timedLaunches, worstError } from "../../bench/kernels.ts";
import * as rowsOfOps from "../../bench/kernels/index.ts";
import type { BenchRow, Variant } from "../../bench/kernels/row.ts";
import type { rowsOfOps as declaredRows } from "../../bench/kernels/rows.js";
import { CellgradError } from "../../src/errors.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import type { Launch } from "../../src/gpu/launch.ts";
import { Program } from "../../src/gpu/program.ts";
import { openTestDevice } from "../support/device.ts";
import { input, line } from "../support/line.ts";

const device = await openTestDevice();
const ceilings = { fmaGflops: 100, copyGBps: 10, dispatchUs: 10 };
const timing = { repetitions: 9, shortestBatchMs: 0 };

/** A way to compute 2 x + 1, which it does if the shift is 1. */
const lineVariant = (name: string, shift: number, factor = 2): Variant => ({
  name,
  record: (program) => ({
    phase: "forward",
    outputs: new Map([["y", program.within("", "forward", () => line(program, input(), factor, shift))]]),
  }),
});

const brokenKernel = defineKernel(
  "broken",
  `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn run() {
  y[0] = nowhere;
}`,
);

const row = (...variants: Variant[]): BenchRow => ({
  op: "line",
  label: "five",
  open: () => ({ variants, expected: () => new Map([["y", Float64Array.of(3, 5, 7, 9, 11)]]), tolerance: 1e-4 }),
});

describe("a planted wrong kernel", () => {
  test("is found and not timed, while the others of its row are", async () => {
    const planted = row(lineVariant("right", 1), lineVariant("wrong", 1.01), lineVariant("another", 1));
    const { rows, wrong } = await measureKernels(device, [planted], ceilings, timing);
    expect(rows.map(({ name, repetitions }) => [name, repetitions.length])).toEqual([
      ["line five / right", 9],
      ["line five / another", 9],
    ]);
    expect(wrong).toMatchObject([{ name: "line five / wrong", output: "y", tolerance: 1e-4 }]);
    expect(() => requireRight([])).not.toThrow();
    expect(() => requireRight(wrong)).toThrow(
      new CellgradError(
        "bench kernels: expected every kernel to agree with its reference, got 1 that do not: " +
          "line five / wrong: y has a relative error of 1.3e-3 (at most 0.0001)",
      ),
    );
    expect(wrong[0].worstError).toBeCloseTo(0.01 / Math.sqrt((9 + 25 + 49 + 81 + 121) / 5), 4);
  });

  test("is found where it gives no number, and where it gives none of the outputs", async () => {
    const none: Variant = {
      name: "none",
      record: (program) => ({ ...lineVariant("", 1).record(program), outputs: new Map() }),
    };
    const overflowing = lineVariant("overflow", 1, 3e38);
    const { rows, wrong } = await measureKernels(device, [row(overflowing, none)], ceilings, timing);
    expect(rows).toEqual([]);
    expect(wrong.map(({ worstError }) => worstError)).toEqual([Infinity, Infinity]);
  });

  test("is found where it does not run on this adapter, and costs the others nothing", async () => {
    const broken: Variant = {
      name: "broken",
      record: (program) => {
        const y = program.tensor("y", [5]);
        program.launch(brokenKernel, "run", { bindings: { y }, workgroups: [1, 1, 1], flops: 0 });
        return { phase: "forward", outputs: new Map([["y", y]]) };
      },
    };
    const { rows, wrong } = await measureKernels(device, [row(broken, lineVariant("right", 1))], ceilings, timing);
    expect(rows.map(({ name, ratioToFirst }) => [name, ratioToFirst])).toEqual([["line five / right", null]]);
    expect(wrong).toEqual([
      {
        ...{ name: "line five / broken", output: "", worstError: Infinity, tolerance: 1e-4 },
        failure: expect.stringMatching(/^broken.*: expected WGSL that compiles, got line \d+: .*nowhere/) as unknown,
      },
    ]);
    expect(() => requireRight(wrong)).toThrow(/got 1 that do not: line five \/ broken: broken.*expected WGSL/);
  });

  test("leaves no memory behind", async () => {
    const before = device.memory.liveBytes;
    await measureKernels(device, [row(lineVariant("right", 1), lineVariant("wrong", 2))], ceilings, timing);
    expect(device.memory.liveBytes).toBe(before);
  });
});

test("a right kernel's row has its work, its rates and what it is compared with", async () => {
  const variants = [lineVariant("default", 1), lineVariant("same", 1)];
  const { rows } = await measureKernels(device, [row(...variants)], ceilings, timing);
  const [first, second] = rows;
  expect(first).toMatchObject({ op: "line", label: "five", variant: "default", launches: 1, flops: 10, bytes: 40 });
  expect(first).toMatchObject({ bound: "launch", ratioToFirst: null, worstError: 0 });
  expect(first.gflops).toBeCloseTo(10 / (first.ms.median * 1e6), 12);
  expect(second.ratioToFirst?.median).toBeCloseTo(second.ms.median / first.ms.median, 12);
});

test("rows are timed together, or group by group where memory is short; the results are of the same rows", async () => {
  const rowNamed = (label: string) => ({ ...row(lineVariant("a", 1), lineVariant("b", 1)), label });
  const rows = ["one", "two", "three"].map(rowNamed);
  const namesFor = async (groupBytes: number) => {
    const totals: number[] = [];
    const onBatch = (_done: number, total: number) => totals.push(total);
    const { rows: timed } = await measureKernels(device, rows, ceilings, { ...timing, groupBytes, onBatch });
    return { names: timed.map(({ name }) => name), ratios: timed.map((each) => each.ratioToFirst !== null), totals };
  };
  const [together, alone] = [await namesFor(2 ** 20), await namesFor(0)];
  const names = ["one", "two", "three"].flatMap((label) => [`line ${label} / a`, `line ${label} / b`]);
  expect([together.names, alone.names]).toEqual([names, names]);
  expect(together.ratios).toEqual([false, true, false, true, false, true]);
  expect([new Set(together.totals), new Set(alone.totals)]).toEqual([new Set([9 * 6]), new Set([9 * 2])]);
});

test("a variant may bring a Program of its own", async () => {
  const made: string[] = [];
  const program = (name: string) => {
    made.push(name);
    return new Program(name);
  };
  await measureKernels(device, [row({ ...lineVariant("tuned", 1), program })], ceilings, timing);
  expect(made).toEqual(["line five"]);
});

describe("the error of a tensor", () => {
  test("is relative to an element, or to the typical one where that is larger", () => {
    expect(worstError([100, 1], Float64Array.of(100, 1))).toBe(0);
    expect(worstError([110, 1], Float64Array.of(100, 1))).toBeCloseTo(0.1, 12);
    expect(worstError([3, -3, 3.5], Float64Array.of(3, -3, 3))).toBeCloseTo(0.5 / 3, 12);
    expect(worstError([1e-3], Float64Array.of(0))).toBe(1e-3);
  });

  test.each([[[NaN, 1]], [[Infinity, 1]], [[1]]])("is infinite for %j", (actual) => {
    expect(worstError(actual, Float64Array.of(1, 1))).toBe(Infinity);
  });
});

describe("which launches are timed", () => {
  const launch = (phase: Launch["phase"], reads: readonly string[], writes: readonly string[]): Launch => ({
    ...{ op: "op", entryPoint: "run", layer: "", phase, shader: "op.wgsl", tunables: {}, workgroups: [1, 1, 1] },
    ...{ flops: 1, bytesRead: 0, bytesWritten: 0 },
    bindings: [
      ...reads.map((slot) => ({ name: slot, slot, access: "read" as const, shape: [1] })),
      ...writes.map((slot) => ({ name: slot, slot, access: "write" as const, shape: [1] })),
    ],
  });
  const tensorNamed = (name: string) => new Program("names").tensor(name, [1]);

  test("those of the phase, without what only leads elsewhere", () => {
    const launches = [
      launch("data", ["w"], ["packed"]),
      launch("forward", ["x"], ["y"]),
      launch("backward", ["dy"], ["dz"]),
      launch("backward", ["dz", "turned"], ["dx"]),
      launch("backward", ["dz", "x"], ["partials"]),
      launch("backward", ["partials"], ["dw", "db"]),
    ];
    const [dx, dw, db] = ["dx", "dw", "db"].map(tensorNamed);
    const recording = { phase: "backward", outputs: new Map([["dx", dx]]), aside: [dw, db] } as const;
    expect(timedLaunches(launches, recording)).toEqual([2, 3]);
    const other = { phase: "backward", outputs: new Map([["dw", dw]]), aside: [dx] } as const;
    expect(timedLaunches(launches, other)).toEqual([2, 4, 5]);
    expect(timedLaunches(launches, { phase: "forward", outputs: new Map() })).toEqual([1]);
  });
});

describe("the rows", () => {
  const declared: typeof declaredRows = rowsOfOps;
  const rows = Object.values(declared).flatMap((rowsOf) => rowsOf({ batch: 2, size: 128 }));

  test("are of every op, and no two have one name", () => {
    expect([...new Set(rows.map(({ op }) => op))].sort()).toEqual(
      "adam add augment batchNorm batchNormEvaluation conv2d crop2d dense denseNorm dropout fft gather huber kernelRegularizer mae maxPool2d mse permute relu rmsprop sgd softmax".split(
        " ",
      ),
    );
    expect(new Set(rows.map(({ op, label }) => `${op} ${label}`)).size).toBe(rows.length);
  });

  test("have R-Net's shapes: six convolutions forward and by weight, five by data", () => {
    const passes = rows
      .filter(({ op, label }) => op === "conv2d" && / conv\d,/.test(label))
      .map(({ label }) => label.split(" conv")[0]);
    const count = (pass: string) => passes.filter((own) => own === pass).length;
    expect(["forward", "data gradient", "weight gradient"].map(count)).toEqual([6, 5, 6]);
  });

  test("agree with their references: the cheap ones, at odd shapes and at a batch that repeats one image", async () => {
    const small = Object.values(declared).flatMap((rowsOf) => rowsOf({ batch: 3, size: 36 }));
    const cheap = small.filter(({ label }) => /odd|overlapping|strided|output,|dropout3/.test(label));
    const { rows: right, wrong } = await measureKernels(device, cheap, ceilings, { ...timing, repetitions: 1 });
    expect(wrong).toEqual([]);
    expect(right.length).toBe(cheap.length);
    for (const { name, repetitions } of right) expect([name, repetitions.length]).toEqual([name, 1]);
  });
});
