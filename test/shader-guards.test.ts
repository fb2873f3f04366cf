/**
 * No loop of a shader carries what the WGSL compiler adds where it cannot see that the loop ends or that an index is
 * in bounds, read from what Dawn compiles. Clamps of indices into storage are not counted: whether there are any is the
 * driver's affair.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { defineKernel, specialise } from "../src/gpu/kernel.ts";
import type { LaunchCode } from "../src/gpu/compile.ts";
import { type Tuning, untuned } from "../src/gpu/tuning.ts";
import { stepTensor } from "../src/gpu/step.ts";
import { DeviceDataset } from "../src/nn/device-dataset.ts";
import { modelOf, optimizerOf, presetOf } from "../src/nn/preset.ts";
import { recordEvaluation, recordTrainStep } from "../src/nn/train-step.ts";
import { type Added, addedTo } from "./support/robustness.ts";

const control = (label: string, body: string): LaunchCode => ({
  label,
  entryPoint: "main",
  code: `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read> table: array<f32, 16>;
    @group(0) @binding(2) var<uniform> bound: u32;
    @group(0) @binding(3) var<storage, read_write> y: array<f32>;
    var<workgroup> laneSums: array<f32, 64>;
    fn at(lane: u32) -> f32 { return laneSums[lane]; }
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
      var sum = x[bound] + table[bound];
      var numbers: array<f32, 8>;
      laneSums[lane] = sum;
      ${body}
      y[id.x] = sum + numbers[0];
    }`,
});

/** Shaders of which it is known how many guards and clamps Dawn adds. */
const controls: readonly (readonly [LaunchCode, guards: number, clamps: number])[] = [
  [control("constant bound", "for (var k = 0u; k < 8u; k++) { sum += numbers[k]; }"), 0, 0],
  [control("storage", "for (var k = 0u; k < 8u; k++) { sum += x[id.x + k] * table[id.x + k]; y[k] = sum; }"), 0, 0],
  [control("a min of its own", "for (var k = 0u; k < 8u; k++) { sum += x[min(id.x + k, 99u)]; }"), 0, 0],
  [control("a min for an array", "for (var k = 0u; k < 8u; k++) { sum += numbers[min(id.x, 7u)]; }"), 0, 0],
  [control("its lane", "for (var k = 0u; k < 8u; k++) { sum += laneSums[lane]; }"), 0, 0],
  [control("a clamp before the loop", "sum += numbers[id.x]; for (var k = 0u; k < 8u; k++) { sum += 1.0; }"), 0, 0],
  [control("no loop", "sum += numbers[id.x];"), 0, 1],
  [control("unknown index", "for (var k = 0u; k < 8u; k++) { sum += numbers[id.x + k]; }"), 0, 1],
  [control("storage and unknown index", "for (var k = 0u; k < 8u; k++) { y[k] = numbers[id.x] + x[k]; }"), 0, 1],
  [control("a function in a loop", "for (var k = 0u; k < 8u; k++) { sum += at(lane); }"), 0, 1],
  [control("uniform bound", "for (var k = 0u; k < bound; k++) { sum += 1.0; }"), 1, 0],
  [control("step of 4", "for (var k = 0u; k < 8u; k += 4u) { sum += 1.0; }"), 1, 0],
  [control("while", "while (sum > 1.0) { sum *= 0.5; }"), 1, 0],
  [control("two loops in one", "while (sum > 1.0) { while (sum > 2.0) { sum *= 0.5; } sum *= 0.5; }"), 2, 0],
];

/** What decides the variants: nothing known of the adapter, and the two software adapters. */
const tunings: readonly Tuning[] = [
  untuned,
  { ...untuned, family: "lavapipe", subgroupSize: 8, bindDimensions: true },
  { ...untuned, family: "swiftshader", subgroupSize: 4, bindDimensions: true, broadcasts: true },
];

/** Every distinct code of R-Net's training step and of its evaluation, as these presets have them. */
function launchesOf(names: readonly string[]): LaunchCode[] {
  const codes = names.flatMap(codesOf);
  return [...new Map(codes.map((code) => [`${code.entryPoint} ${code.code}`, code])).values()];
}

function codesOf(name: string): LaunchCode[] {
  const preset = presetOf(name);
  const model = modelOf(preset, 3);
  const data = new DeviceDataset(
    { count: 64, size: [preset.size, preset.size], outputs: ["a", "b", "c"] },
    preset.batch,
  );
  const augmentation = data.augmentationBy(preset.augment, 1, Uint32Array.of(0));
  const optimizer = optimizerOf(preset, model);
  const parts = { model, data, step: stepTensor(), optimizer, seed: 1, fuse: true, augmentation };
  const programs = tunings.flatMap((tuning) => [
    recordTrainStep({ ...parts, tuning }, preset.batch),
    recordEvaluation({ ...parts, tuning }, preset.batch),
  ]);
  return programs.flatMap(({ codes }) => codes);
}

/** Shaders that R-Net does not run, as they stand. */
function codesOfShaders(names: readonly string[]): LaunchCode[] {
  return names.flatMap((name) => {
    const kernel = defineKernel(name, readFileSync(new URL(`../shaders/${name}.wgsl`, import.meta.url), "utf8"));
    const code = specialise(kernel, {});
    return kernel.entryPoints.map((entryPoint) => ({ label: `${name}.${entryPoint}`, code, entryPoint }));
  });
}

/** Too much, as a person reads it; undefined if nothing is. */
function excess(label: string, { guards, clamps, others }: Added): string | undefined {
  if (guards === 0 && clamps === 0 && others === 0) return undefined;
  return `${label}: ${guards} guards, ${clamps} clamps and ${others} other instructions in its loops`;
}

// Elsewhere Dawn does not write SPIR-V.
describe.runIf(process.platform === "linux")("what Dawn adds", () => {
  const launches = [
    ...launchesOf(["rnet", "thesis-code", "thesis-table"]),
    ...codesOfShaders(["add", "conv2dDataGradient", "copy", "relu"]),
  ];
  let added: Added[];
  beforeAll(async () => {
    added = await addedTo([...controls.map(([code]) => code), ...launches]);
  });

  test("to shaders of which it is known is found", () => {
    const found = controls.map(([{ label }], i) => [label, added[i].guards, added[i].clamps, added[i].others > 0]);
    expect(found).toEqual(controls.map(([{ label }, guards, clamps]) => [label, guards, clamps, guards > 0]));
  });

  test("to the loops of R-Net, and of the other ops, is nothing", () => {
    expect(launches.length).toBeGreaterThan(20);
    const ofLaunches = added.slice(controls.length);
    expect(launches.flatMap(({ label }, i) => excess(label, ofLaunches[i]) ?? [])).toEqual([]);
  });
});
