/** Dawn as the linter of every shader: as it stands, and with every set of constants that a preset's step uses. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defineKernel, type Kernel, specialise } from "../src/gpu/kernel.ts";
import { stepTensor } from "../src/gpu/step.ts";
import { DeviceDataset } from "../src/nn/device-dataset.ts";
import { modelOf, optimizerOf, presetNames, presetOf } from "../src/nn/preset.ts";
import { recordEvaluation, recordTrainStep } from "../src/nn/train-step.ts";
import { openTestDevice } from "./support/device.ts";

const device = await openTestDevice();
const folder = new URL("../shaders/", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");

/** The files that others include, by a word that only those others use. */
const includes = [
  { file: "random.wgsl", used: /\bthreefry\(/ },
  { file: "step.wgsl", used: /\bstep\.\w|\bfn lossOf\(/ }, // loss.wgsl reads the step
  { file: "loss.wgsl", used: /\bfn lossOf\(/ },
  { file: "totalsByMemory.wgsl", used: /\btotalOf\(/ },
  { file: "shot.wgsl", used: /\bShot\b/ },
  { file: "cellShape.wgsl", used: /\bcellVectors\b/ },
];
/** Takes the place of another include, where a workgroup is a subgroup. */
const alternatives = ["totalsBySubgroup.wgsl"];

const kernels = new Map(
  readdirSync(folder)
    .filter((file) => !includes.some((include) => include.file === file) && !alternatives.includes(file))
    .map((file): [string, Kernel] => {
      const source = textOf(file);
      const own = includes.filter(({ used }) => used.test(source)).map((include) => textOf(include.file));
      return [file, defineKernel(file.replace(/\.wgsl$/, ""), source, own)];
    }),
);

/** What Dawn says of a shader: errors and warnings. */
async function messagesOf(code: string): Promise<string[]> {
  device.gpu.pushErrorScope("validation");
  const module = device.gpu.createShaderModule({ code });
  void device.gpu.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  return messages.filter(({ type }) => type !== "info").map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
}

test("a shader that is wrong is found", async () => {
  expect(await messagesOf("fn f() -> u32 { return 1.5; }")).not.toEqual([]);
});

describe.each([...kernels])("%s", (_file, kernel) => {
  test("is valid as it stands", async () => {
    expect(kernel.entryPoints).not.toEqual([]);
    expect(await messagesOf(kernel.source)).toEqual([]);
  });

  test("is valid with its loops unrolled", async () => {
    expect(await messagesOf(specialise(kernel, {}))).toEqual([]);
  });
});

describe.each(presetNames)("preset %s", (name) => {
  test.each([
    ["fused", true],
    ["plain", false],
  ])("every launch of a step and of an evaluation compiles, %s", async (_, fuse) => {
    const preset = presetOf(name);
    const model = modelOf(preset, 3);
    const size = [preset.size, preset.size] as const;
    const data = new DeviceDataset({ count: 64, size, outputs: ["a", "b", "c"] }, preset.batch);
    const augmentation = data.augmentationBy(preset.augment, 1, Uint32Array.of(0));
    const optimizer = optimizerOf(preset, model);
    const parts = { model, data, step: stepTensor(), optimizer, seed: 1, fuse, augmentation };
    const programs = [recordTrainStep(parts, preset.batch), recordTrainStep(parts, 3), recordEvaluation(parts, 3)];
    const codes = new Set<string>();
    for (const { op, shader, tunables } of programs.flatMap(({ launches }) => launches)) {
      const kernel = kernels.get(shader);
      expect(kernel?.name, shader).toBe(op);
      codes.add(specialise(kernel!, tunables));
    }
    expect(codes.size).toBeGreaterThan(20);
    for (const code of codes) expect(await messagesOf(code)).toEqual([]);
  });
});
