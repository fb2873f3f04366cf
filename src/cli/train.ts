/** `cellgrad train`: from a folder of images to a run. */
import type { Dataset } from "../data/dataset.ts";
import { loadDataset } from "../data/dataset.node.ts";
import { readBytes } from "../data/images.node.ts";
import { splitFromNames } from "../data/split-file.ts";
import { type Fractions, type Split, splitIndices } from "../data/split.ts";
import type { Device } from "../gpu/device.ts";
import { weightsOf } from "../nn/checkpoint.ts";
import { DeviceDataset } from "../nn/device-dataset.ts";
import type { HistoryRow } from "../nn/history.ts";
import { modelOf, optimizerOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { readSafetensors, weightsDigest } from "../nn/safetensors.ts";
import { Training } from "../nn/train.ts";
import { withDevice } from "./device.ts";
import { note, print, printJson } from "./output.ts";
import { clock, ProgressLine } from "./progress.ts";
import { RunFolder } from "./run-folder.ts";
import { scoreRun } from "./score-run.ts";
import { presetWith, requireSame, resumedPreset, type TrainOptions } from "./train-options.ts";
import { version } from "./version.ts";

export { builder } from "./train-options.ts";

/** What every part of the command needs to know. */
interface Run {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly history: HistoryRow[];
}

export async function handler(options: TrainOptions): Promise<void> {
  const began = performance.now();
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  await withDevice(options, async (device) => {
    const run = options.resume ? await resumeRun(options, device) : await newRun(options, device);
    const training = trainingOf(run, device, options.maxSteps);
    await begin(training, run, options, device);
    await follow(training, run, stop.signal);
    const { tensors, progress } = await training.checkpoint();
    await run.folder.writeCheckpoint("last", { tensors, progress });
    if (progress.best === null) await run.folder.writeCheckpoint("best", { tensors, progress });
    if (stop.signal.aborted) {
      note(
        `stopped after ${progress.step} steps; go on with: cellgrad train ${options.data} --out ${run.folder.path} --resume`,
      );
      process.exitCode = 130;
      return;
    }
    await scoreRun(device, run);
    const result = {
      run: run.folder.path,
      epochs: progress.epoch,
      steps: progress.step,
      adapter: device.description.name,
      seconds: (performance.now() - began) / 1000,
      best: progress.best,
      weightsSha256: await weightsDigest(weightsOf(tensors)),
    };
    if (options.json) printJson(result);
    else
      print(
        `${progress.step} steps in ${clock(result.seconds)}; the run is in ${run.folder.path}, weights ${result.weightsSha256}`,
      );
  });
}

async function newRun(options: TrainOptions, device: Device): Promise<Run> {
  const folder = RunFolder.create(options.out);
  const preset = presetWith(options);
  const labelColumns = options.labelColumns?.split(",").map((name) => name.trim());
  const ignoreUnlabelled = options.ignoreUnlabelled ?? false;
  const dataset = await load(options.data, {
    size: preset.size,
    resize: preset.resize,
    labelColumns,
    ignoreUnlabelled,
  });
  const seed = options.seed ?? 0;
  const split = options.splitFile
    ? splitFromNames(dataset.names, await textOf(options.splitFile), options.splitFile)
    : splitIndices(dataset.names.length, fractionsOf(options.split), seed);
  const config: RunConfig = {
    version,
    preset,
    data: options.data,
    outputs: [...dataset.outputs],
    images: dataset.names.length,
    ignoreUnlabelled,
    seed,
    shuffle: options.shuffle ?? true,
    fuse: options.fuse ?? true,
    adapter: device.description,
  };
  return { folder, config, dataset, split, history: [] };
}

const fractionsOf = ([train = 0.7, validation = 0.15, test = 0.15]: readonly number[] = []): Fractions => [
  train,
  validation,
  test,
];

async function textOf(file: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(file, "a split file"));
}

async function resumeRun(options: TrainOptions, device: Device): Promise<Run> {
  const folder = RunFolder.open(options.out);
  const saved = await folder.readConfig();
  requireSame("seed", options.seed, saved.seed);
  requireSame("shuffle", options.shuffle, saved.shuffle);
  requireSame("fuse", options.fuse, saved.fuse);
  requireSame("label-columns", options.labelColumns, saved.outputs.join(","));
  requireSame("ignore-unlabelled", options.ignoreUnlabelled, saved.ignoreUnlabelled);
  const config = { ...saved, preset: resumedPreset(saved.preset, options), data: options.data };
  if (saved.adapter.name !== device.description.name) {
    note(`warning: the run began on ${saved.adapter.name}; on ${device.description.name} its last bits will differ`);
  }
  const { size, resize } = config.preset;
  const dataset = await load(options.data, {
    size,
    resize,
    labelColumns: saved.outputs,
    ignoreUnlabelled: saved.ignoreUnlabelled,
  });
  return { folder, config, dataset, split: await folder.readSplit(dataset.names), history: await folder.readHistory() };
}

async function load(data: string, options: Omit<Parameters<typeof loadDataset>[1], "onProgress">): Promise<Dataset> {
  const line = new ProgressLine();
  const dataset = await loadDataset(data, {
    ...options,
    onProgress: (done, total) => line.show(`reading ${done}/${total} images`),
  });
  line.clear();
  const resized = dataset.resized ? `, resized from ${dataset.resized.join(" x ")}` : "";
  note(
    `data: ${dataset.names.length} images of ${dataset.size.join(" x ")}${resized}; outputs: ${dataset.outputs.join(", ")}`,
  );
  return dataset;
}

function trainingOf({ config, dataset, split }: Run, device: Device, maxSteps: number | undefined): Training {
  const { preset, seed, shuffle, fuse } = config;
  const { batch, epochs } = preset;
  const model = modelOf(preset, dataset.outputs.length);
  const optimizer = optimizerOf(preset, model);
  const data = DeviceDataset.upload(device, dataset, batch);
  const { learningRate } = preset.optimizer;
  return new Training({
    device,
    model,
    optimizer,
    data,
    split,
    batch,
    epochs,
    learningRate,
    seed,
    shuffle,
    fuse,
    maxSteps,
  });
}

/** Compiles, and sets the weights and counters that the run begins with. */
async function begin(training: Training, run: Run, options: TrainOptions, device: Device): Promise<void> {
  const line = new ProgressLine();
  await training.prepare({ onCompile: (done, total) => line.show(`compiling ${done}/${total} launches`) });
  line.clear();
  if (options.resume) {
    const checkpoint = await run.folder.readCheckpoint("last");
    training.restore(checkpoint, checkpoint.source);
    run.history.splice(checkpoint.progress.epoch);
  } else {
    training.model.initialize(device, run.config.seed);
    if (options.initFrom) {
      const { tensors } = readSafetensors(await readBytes(options.initFrom, "a .safetensors file"), options.initFrom);
      training.model.write(device, tensors, options.initFrom);
    }
    await run.folder.writeSplit(run.dataset.names, run.split);
  }
  await run.folder.writeConfig(run.config);
}

/** Trains, shows how it goes, and writes the history and the checkpoints. */
async function follow(training: Training, { folder, config, split, history }: Run, signal: AbortSignal): Promise<void> {
  const line = new ProgressLine();
  const { epochs, batch } = config.preset;
  const began = performance.now();
  const first = training.progress.step;
  let loss: number | null = null;
  let asked = 0;
  await training.run({
    signal,
    onStep: ({ epoch, stepOfEpoch, stepsPerEpoch }) => {
      const seconds = (performance.now() - began) / 1000;
      const steps = training.progress.step - first;
      const left = ((epochs * stepsPerEpoch - training.progress.step) * seconds) / steps;
      const speed = ((steps * batch) / seconds).toFixed(1);
      if (process.stderr.isTTY && seconds > asked + 1) {
        asked = seconds;
        void training.lossOfEpoch().then(
          (value) => (loss = value),
          () => undefined,
        );
      }
      const shown = loss === null ? "" : `loss ${loss.toFixed(5)}  `;
      line.show(
        `epoch ${epoch + 1}/${epochs}  step ${stepOfEpoch}/${stepsPerEpoch}  ${shown}${speed} images/s  ETA ${clock(left)}`,
      );
    },
    onEpoch: async (row, improved) => {
      line.clear();
      note(epochLine(row, epochs, improved));
      history.push(row);
      const checkpoint = await training.checkpoint();
      if (improved || split.validation.length === 0) await folder.writeCheckpoint("best", checkpoint);
      await folder.writeCheckpoint("last", checkpoint);
      await folder.writeHistory(history);
    },
  });
  line.clear();
}

function epochLine(
  { epoch, loss, val, seconds, imagesPerSecond }: HistoryRow,
  epochs: number,
  improved: boolean,
): string {
  const validation = val
    ? `  validation ${val.loss.toFixed(5)} (R2 ${val.r2?.toFixed(3) ?? "none"})${improved ? "  best" : ""}`
    : "";
  return `epoch ${epoch}/${epochs}  loss ${loss.toFixed(5)}${validation}  ${clock(seconds)}  ${imagesPerSecond.toFixed(1)} images/s`;
}
