/** The tuner on a toy op of three variants, one of them wrong and the fastest. */
import { describe, expect, test } from "vitest";
import type { BenchRow } from "../../bench/kernels/row.ts";
import { referenceOf } from "../../bench/tune-reference.ts";
import { tune } from "../../bench/tune.ts";
import type { OpenStep } from "../../bench/tune-candidate.ts";
import { DeviceError } from "../../src/errors.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";

const device = await openTestDevice();

/** y = factor * x, and as slow as `rounds` are many. */
const kernel = defineKernel(
  "toy",
  `const rounds: u32 = 1u; // tunable
const factor: f32 = 2.0; // tunable
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn run(@builtin(global_invocation_id) id: vec3u) {
  var value = x[id.x];
  for (var k = 0u; k < rounds; k++) { value = max(value, x[(id.x + k) % 64u] - 1000.0 - f32(k)); }
  y[id.x] = factor * value;
}`,
);

interface Toy {
  readonly name: string;
  readonly rounds: number;
  readonly factor: number;
}

const variants: readonly [Toy, ...Toy[]] = [
  { name: "slow", rounds: 20000, factor: 2 },
  { name: "fast", rounds: 10, factor: 2 },
  { name: "wrong", rounds: 1, factor: 2.1 },
];

const count = 64 * 64;
const input = () =>
  feed(
    "x",
    [count],
    Float32Array.from({ length: count }, (_, i) => Math.sin(i)),
  );
const shared = input();

function recordToy(program: Program, among: readonly [Toy, ...Toy[]], x = shared): Tensor {
  return program.within("toy", "forward", () => {
    const { rounds, factor } = program.choose("toy 4096", among);
    const y = program.tensor("y", [count]);
    program.launch(kernel, "run", {
      constants: { rounds, factor },
      bindings: { x, y },
      workgroups: [count / 64, 1, 1],
      flops: 0,
    });
    return y;
  });
}

/** What is timed is the toy's; a launch elsewhere reads what it leaves. */
function openToy(among: readonly [Toy, ...Toy[]] = variants): OpenStep {
  return async (tuning, onRecorded) => {
    const program = new Program("toy step", tuning);
    const last = { x: recordToy(program, among), y: pinned("last", [count]) };
    program.launch(kernel, "run", { bindings: last, workgroups: [count / 64, 1, 1], flops: 0 });
    onRecorded(program);
    const ready = await program.finish(device);
    return {
      program: ready,
      submit: () => {
        ready.run();
      },
      destroy: () => {
        ready.destroy();
      },
    };
  };
}

const timing = { repetitions: 3, shortestBatchMs: 2 };

describe("the tuner", () => {
  test("goes on where a variant does not run on this adapter", async () => {
    const refusing: OpenStep = (tuning, onRecorded) =>
      tuning.measured.get("toy 4096") === "slow"
        ? Promise.reject(new DeviceError("toy: expected WGSL that compiles, got\nline 1: none"))
        : openToy()(tuning, onRecorded);
    const [site] = await tune(device, refusing, timing);
    expect(site.fastest).toBe("fast");
    expect(site.variants[0]).toMatchObject({
      ...{ name: "slow", ms: null },
      wrong: "toy: expected WGSL that compiles, got line 1: none",
    });
    const failing: OpenStep = (tuning, onRecorded) =>
      tuning.measured.size > 0 ? Promise.reject(new TypeError("a mistake")) : openToy()(tuning, onRecorded);
    await expect(tune(device, failing, timing)).rejects.toThrow("a mistake");
  });

  test("takes the fastest variant that is right", async () => {
    const [site, ...others] = await tune(device, openToy(), timing);
    expect(others).toEqual([]);
    expect(site).toMatchObject({ site: "toy 4096", layer: "toy", phase: "forward", fastest: "fast" });
    const [slow, fast, wrong] = site.variants;
    expect(fast.ms?.median).toBeLessThan(slow.ms?.median ?? 0);
    expect(wrong.ms).toBeNull();
    expect(wrong.wrong).toMatch(/^toy\.y \[4096\] is off by 5\.\d+e-2 of the first variant's$/);
  });

  test("believes a reference, also against the first variant", async () => {
    const referee = (_: unknown, name: string) => Promise.resolve(name === "slow" ? "y is off" : undefined);
    const [site] = await tune(device, openToy(), { ...timing, referee });
    expect(site.variants.map(({ wrong }) => wrong?.slice(0, 8) ?? null)).toEqual(["y is off", null, "toy.y [4"]);
    expect(site.fastest).toBe("fast");
    const none = await tune(device, openToy(), { ...timing, referee: () => Promise.resolve("wrong") });
    expect(none[0].fastest).toBeNull();
  });

  test("finds the reference among the rows of the op whose site it is", async () => {
    const values = new Float64Array(count).map((_, i) => 2 * Math.fround(Math.sin(i)));
    const own = input();
    const row = (site: boolean): BenchRow => ({
      op: "toy",
      label: "forward",
      open: () => ({
        variants: [
          {
            name: "default",
            record: (program) => {
              const y = site ? recordToy(program, variants, own) : recordToy(program, [variants[0]], own);
              return { phase: site ? "forward" : "backward", outputs: new Map([["y", y]]) };
            },
          },
        ],
        expected: () => new Map([["y", values]]),
        tolerance: 1e-4,
      }),
    });
    const asked: string[] = [];
    const referee = referenceOf(device, (op) => {
      asked.push(op);
      return [row(false), row(true)];
    });
    const [site] = await tune(device, openToy(), { ...timing, referee });
    expect(asked).toEqual(["toy"]);
    expect(site.variants.map(({ wrong }) => wrong)).toEqual([
      null,
      null,
      expect.stringMatching(/^y is off by 5\.\d+e-2 of the float64 reference$/),
    ]);
    expect(await referenceOf(device, () => [])({ ...site, among: [], chosen: "slow", phase: "forward" }, "slow")).toBe(
      undefined,
    );
  });

  test("leaves alone where there is nothing to choose", async () => {
    expect(await tune(device, openToy([variants[0]]), timing)).toEqual([]);
  });
});

test("the measured choice is recorded, and one that is not offered is not", () => {
  const chosen = (measured: string) => {
    const program = new Program("p", { ...device.tuning, measured: new Map([["toy 4096", measured]]) });
    return program.choose("toy 4096", variants).name;
  };
  expect(["fast", "slow", "another"].map(chosen)).toEqual(["fast", "slow", "slow"]);
});
