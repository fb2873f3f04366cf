/** What the tuner does with times, memory and a cap, by steps that run nothing and a clock that they advance. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tune } from "../../bench/tune.ts";
import type { OpenStep } from "../../bench/tune-candidate.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import type { ReadyProgram } from "../../src/gpu/ready-program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const bytesOfStep = 1024;
let now = 0;
let open = 0;
let mostOpen = 0;

beforeEach(() => {
  [now, open, mostOpen] = [0, 0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(open).toBe(0);
});

const kernel = defineKernel(
  "copy",
  `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn run(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x]; }`,
);

/** Milliseconds of each variant of each site. */
type Times = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A step with a launch for each site, which leaves the same whatever its variant is. */
function stepOf(times: Times): OpenStep {
  return (tuning, onRecorded) => {
    const program = new Program("step", tuning);
    const msOf = Object.entries(times).map(([site, own]) =>
      program.within(site, "forward", () => {
        const variant = program.choose(
          site,
          Object.entries(own).map(([name, ms]) => ({ name, ms })),
        );
        const bindings = { x: pinned("x", [64]), y: pinned("y", [64]) };
        program.launch(kernel, "run", { bindings, workgroups: [1, 1, 1], flops: 0 });
        return variant.ms;
      }),
    );
    onRecorded(program);
    const buffer = device.createBuffer("step", bytesOfStep);
    mostOpen = Math.max(mostOpen, ++open);
    const ready: Pick<ReadyProgram, "launches" | "runLaunches" | "read"> = {
      launches: program.launches,
      runLaunches: (indices, repeats) => {
        for (const index of indices) now += repeats * msOf[index];
      },
      read: () => Promise.resolve(new Float32Array(64)),
    };
    const destroy = () => {
      device.destroyBuffer(buffer);
      open--;
    };
    return Promise.resolve({ program: ready as ReadyProgram, submit: () => undefined, destroy });
  };
}

const times: Times = { one: { a: 100, b: 50 }, two: { a: 60, b: 90 }, three: { a: 70, b: 80 } };

describe("each site", () => {
  test("says how many rounds a variant had, and against which it went out", async () => {
    const [site] = await tune(device, stepOf({ one: { a: 100, b: 50, c: 50.25 } }), { repetitions: 9 });
    expect(site).toMatchObject({ site: "one", layer: "one", phase: "forward", fastest: "b", notMeasured: null });
    expect(site.variants).toEqual([
      {
        name: "a",
        ms: { median: 100, low: 100, high: 100 },
        repetitions: [100, 100, 100],
        wrong: null,
        slowerThan: "b",
      },
      expect.objectContaining({ name: "b", slowerThan: null }),
      expect.objectContaining({ name: "c", slowerThan: null }),
    ]);
    expect(site.variants.map(({ repetitions }) => repetitions.length)).toEqual([3, 9, 9]);
  });

  test("is told of as soon as it is measured", async () => {
    const told: unknown[] = [];
    await tune(device, stepOf(times), {
      repetitions: 9,
      onSite: ({ site }, done, total) => told.push([site, done, total]),
      onTuned: ({ fastest }, done, total) => told.push([fastest, done, total]),
    });
    expect(told).toEqual([
      ...[
        ["one", 0, 3],
        ["b", 1, 3],
        ["two", 1, 3],
      ],
      ...[
        ["a", 2, 3],
        ["three", 2, 3],
        ["a", 3, 3],
      ],
    ]);
  });

  test("comes before those of which something is known", async () => {
    const measured = new Map(["one", "two"].map((site) => [site, "a"]));
    const tuning = { ...device.tuning, measured };
    const sites = await tune(device, stepOf(times), { repetitions: 9, tuning });
    expect(sites.map(({ site }) => site)).toEqual(["three", "one", "two"]);
  });
});

describe("steps that do not fit in memory together", () => {
  const many = { one: { a: 60, b: 100, c: 50, d: 50.25, e: 90 } };

  test("race in groups that contain the best so far", async () => {
    const [site] = await tune(device, stepOf(many), { repetitions: 9, groupBytes: 3.5 * bytesOfStep });
    expect(mostOpen).toBe(3);
    expect(site.fastest).toBe("c");
    expect(site.variants.map(({ name, repetitions, slowerThan }) => [name, repetitions.length, slowerThan])).toEqual([
      ...[
        ["a", 3, "c"],
        ["b", 3, "c"],
        ["c", 9, null],
        ["d", 9, null],
        ["e", 3, "c"],
      ],
    ]);
  });

  test("race two at a time at least", async () => {
    const [site] = await tune(device, stepOf(many), { repetitions: 9, groupBytes: 1 });
    expect(mostOpen).toBe(2);
    expect(site.fastest).toBe("c");
  });

  test("a variant that was not told apart in its race is compared with the last race's best", async () => {
    const [site] = await tune(device, stepOf({ one: { a: 100, b: 99.5, c: 50 } }), { repetitions: 9, groupBytes: 1 });
    expect(site.variants.map(({ slowerThan }) => slowerThan)).toEqual(["c", "c", null]);
  });

  test("the default is half of the largest buffer", async () => {
    await tune(device, stepOf(many), { repetitions: 9 });
    expect(mostOpen).toBe(5);
  });

  test("one that is wrong takes none", async () => {
    const referee = (_: unknown, name: string) => Promise.resolve(name === "c" ? undefined : "wrong");
    const [site] = await tune(device, stepOf(many), { repetitions: 9, referee });
    expect([mostOpen, site.fastest]).toEqual([2, "c"]);
    expect(site.variants.map(({ repetitions, wrong }) => [repetitions.length, wrong])).toEqual([
      ...[
        [0, "wrong"],
        [0, "wrong"],
        [3, null],
        [0, "wrong"],
        [0, "wrong"],
      ],
    ]);
  });
});

describe("a tuning that is stopped", () => {
  const unmeasured = { fastest: null, notMeasured: "time was up" };

  test("keeps what it measured, and says of the others that it did not", async () => {
    const stopped = () => (now > 2000 ? "time was up" : undefined);
    const sites = await tune(device, stepOf(times), { repetitions: 9, stopped });
    expect(sites).toMatchObject([{ site: "one", fastest: "b" }, { site: "two", fastest: "a" }, unmeasured]);
    expect(sites[2].variants).toEqual(
      ["a", "b"].map((name) => ({ name, ms: null, repetitions: [], wrong: null, slowerThan: null })),
    );
  });

  test("stops between the rounds of a site, which then is not measured", async () => {
    const hard = { one: { a: 100, b: 100 } };
    const stopped = () => (now > 1000 ? "time was up" : undefined);
    expect(await tune(device, stepOf(hard), { repetitions: 9, stopped })).toMatchObject([unmeasured]);
    expect(now).toBe(1200);
  });

  test("stops between the variants of a site", async () => {
    let asked = 0;
    const stopped = () => (++asked > 1 ? "time was up" : undefined);
    expect(await tune(device, stepOf(times), { repetitions: 9, stopped })).toMatchObject(Array(3).fill(unmeasured));
    expect([now, mostOpen]).toEqual([0, 1]);
  });
});
