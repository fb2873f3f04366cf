/** `cellgrad lr-find`: a learning rate for a preset on a data set, and why; or why none. Nothing is written. */
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import type { Dataset } from "../data/dataset.ts";
import { readBytes } from "../data/images.node.ts";
import type { Split } from "../data/split.ts";
import { UsageError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { DeviceDataset } from "../nn/device-dataset.ts";
import { lint } from "../nn/lint.ts";
import { lintFacts } from "../nn/lint-facts.ts";
import { defaultRangeTest, fewestSteps, type RangePoint, rangeTest, suggestLearningRate } from "../nn/lr-find.ts";
import { optimizerOf, type Preset } from "../nn/preset.ts";
import { Training } from "../nn/train.ts";
import { withDevice } from "./device.ts";
import { networkOf } from "./network-of.ts";
import { adapterOptions, integer, number } from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { readDataset } from "./read-dataset.ts";
import { splitOf } from "./split-option.ts";
import { networkOptions, presetWith, trainOptions } from "./train-options.ts";
import { readWeightsFile } from "./weights-file.ts";

const { from, to, steps } = defaultRangeTest;
const smallestRate = 1e-12;

const options = {
  from: number("from", { default: from, describe: "learning rate of the first step" }, smallestRate),
  to: number("to", { default: to, describe: "learning rate of the last step" }, smallestRate),
  steps: integer("steps", { default: steps, describe: "training steps, unless the loss explodes" }, fewestSteps),
  preset: trainOptions.preset,
  "init-from": trainOptions["init-from"],
  batch: trainOptions.batch,
  size: trainOptions.size,
  resize: trainOptions.resize,
  channel: trainOptions.channel,
  normalize: trainOptions.normalize,
  dropout: trainOptions.dropout,
  ...networkOptions,
  l1: trainOptions.l1,
  l2: trainOptions.l2,
  optimizer: trainOptions.optimizer,
  loss: trainOptions.loss,
  augment: trainOptions.augment,
  seed: trainOptions.seed,
  "label-columns": trainOptions["label-columns"],
  "ignore-unlabelled": trainOptions["ignore-unlabelled"],
  split: trainOptions.split,
  "split-file": trainOptions["split-file"],
  "hold-out-densest": trainOptions["hold-out-densest"],
  cache: trainOptions.cache,
  json: trainOptions.json,
  ...adapterOptions,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(options)
    .conflicts("split", "split-file")
    .conflicts("hold-out-densest", "split-file");

type Given = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { data: string }>;

export async function handler(given: Given): Promise<void> {
  if (given.from >= given.to) {
    throw new UsageError(`--from: expected a rate below --to, which is ${given.to}, got ${given.from}`);
  }
  const preset = presetWith(given);
  networkOf(preset, 1); // an image too small is known before all are read
  const dataset = await readDataset(given.data, { ...given, size: preset.size, resize: preset.resize });
  const split = await splitOf(dataset.names, given, given.seed ?? 0);
  const refused = lint(preset, lintFacts(dataset, split)).find(({ isRefused }) => isRefused);
  if (refused)
    throw new UsageError(
      `--${refused.rule}: expected a set-up that can be trained, got one that cannot: ${refused.message}`,
    );
  const start = given.initFrom === undefined ? undefined : await weightsFrom(given.initFrom);
  await withDevice(given, async (device) => {
    const training = trainingOf(preset, dataset, split, given.seed ?? 0, device);
    if (start) training.model.write(device, start.tensors, start.source);
    else training.model.initialize(device, given.seed ?? 0);
    report(given, preset, await test(training, given));
  });
}

const weightsFrom = async (file: string) => ({
  ...readWeightsFile(await readBytes(file, "a .safetensors file"), file),
  source: file,
});

function trainingOf(preset: Preset, dataset: Dataset, split: Split, seed: number, device: Device): Training {
  const { batch, epochs, loss, augment, optimizer, l1, l2 } = preset;
  const model = networkOf(preset, dataset.outputs.length);
  return new Training({
    ...{ device, model, split, batch, epochs, seed, loss, augment, shuffle: true, fuse: true },
    learningRate: optimizer.learningRate,
    kernelRegularizer: { l1, l2 },
    optimizer: optimizerOf(preset, model),
    data: DeviceDataset.upload(device, dataset, batch),
  });
}

const test = (training: Training, given: Given): Promise<RangePoint[]> =>
  ProgressLine.during(async (line) => {
    await training.prepare({ onCompile: (done, total) => line.show(`compiling ${done}/${total} launches`) });
    return rangeTest(training, given, (done) => line.show(`step ${done}/${given.steps}`));
  });

function report(given: Given, { name, optimizer }: Preset, curve: readonly RangePoint[]): void {
  const { suggestion, reason } = suggestLearningRate(curve);
  if (given.json) {
    printJson({ suggestion, reason, curve });
    return;
  }
  const last = curve.at(-1);
  note(`${curve.length} of ${given.steps} steps, at rates from ${given.from} to ${last?.learningRate.toPrecision(2)}`);
  if (suggestion === null) print(`no learning rate is suggested: ${reason}`);
  else print(`learning rate ${suggestion}: ${reason}; ${name} has ${optimizer.learningRate} for ${optimizer.name}`);
}
