/** `cellgrad train`: from a folder of images to a run. */
import type { Device } from "../gpu/device.ts";
import { DeviceDataset } from "../nn/device-dataset.ts";
import type { EpochScores, HistoryRow } from "../nn/history.ts";
import { optimizerOf, type Preset } from "../nn/preset.ts";
import { weightsDigest } from "../nn/safetensors.ts";
import { Training } from "../nn/train.ts";
import type { TrainingEvents } from "../nn/training-options.ts";
import { withDevice } from "./device.ts";
import { untilInterrupted } from "./interrupt.ts";
import { noteFindings } from "./note-findings.ts";
import { note, print, printJson } from "./output.ts";
import { clock, ProgressLine } from "./progress.ts";
import { scoreRun } from "./score-run.ts";
import type { TrainOptions } from "./train-options.ts";
import { newRun, resumeRun, type TrainRun } from "./train-run.ts";
import { typed } from "./typed.ts";

export { builder } from "./train-options.ts";

export async function handler(options: TrainOptions): Promise<void> {
  const began = performance.now();
  const run = options.resume ? await resumeRun(options) : await newRun(options);
  // A resumed run was told.
  if (!options.resume) noteFindings(run.config.data, [run.config.preset], run.dataset, run.split);
  await withDevice(options, async (device) => {
    const data = DeviceDataset.upload(device, run.dataset, run.config.preset.batch);
    const training = await readyTraining(run, device, data);
    const interrupted = await untilInterrupted((signal) => train(training, run, device, signal));
    if (interrupted) {
      process.exitCode = 130;
      return;
    }
    await scoreRun(device, run, data);
    await report(training, options, device, (performance.now() - began) / 1000);
  });
}

/** A training that stands where the run begins, compiled. @param data the run's images on the device. */
export async function readyTraining(run: TrainRun, device: Device, data: DeviceDataset): Promise<Training> {
  const training = trainingOf(run, device, data);
  begin(training, run, device);
  await prepare(training);
  return training;
}

function trainingOf(run: TrainRun, device: Device, data: DeviceDataset): Training {
  const { preset, seed, shuffle, fuse, evaluateTraining } = run.config;
  const { batch, epochs, loss, schedule, earlyStopping } = preset;
  return new Training({
    device,
    model: run.model,
    optimizer: optimizerOf(preset, run.model),
    data,
    split: run.split,
    batch,
    epochs,
    learningRate: preset.optimizer.learningRate,
    schedule,
    earlyStopping,
    evaluateTraining,
    seed,
    shuffle,
    fuse,
    loss,
    kernelRegularizer: { l1: preset.l1, l2: preset.l2 },
    augment: preset.augment,
    maxSteps: run.maxSteps,
  });
}

/** Sets the weights and counters that the run begins with. */
function begin(training: Training, { config, start }: TrainRun, device: Device): void {
  if (start.from === "seed") training.model.initialize(device, config.seed);
  else if (start.from === "file") training.model.write(device, start.tensors, start.source);
  else {
    training.restore(start.checkpoint, start.source);
    const { name } = device.description;
    if (start.adapter.name === name) return;
    note(`warning: the run began on ${start.adapter.name}; on ${name} its last bits will differ`);
  }
}

const prepare = (training: Training): Promise<void> =>
  ProgressLine.during((line) =>
    training.prepare({ onCompile: (done, total) => line.show(`compiling ${done}/${total} launches`) }),
  );

/** What is shown of a training while it runs. */
export interface TrainingView {
  /** Makes what shows each step. */
  readonly stepReporter: (
    training: Training,
    run: TrainRun,
    line: ProgressLine,
  ) => NonNullable<TrainingEvents["onStep"]>;
  readonly onEpoch: (row: HistoryRow, preset: Preset, improved: boolean) => void;
  readonly onStopped: (run: TrainRun, steps: number) => void;
}

const ownView: TrainingView = {
  stepReporter,
  onEpoch: (row, preset, improved) => note(epochLine(row, preset, improved)),
  onStopped: ({ config, folder }, steps) => {
    const again = typed(["train", config.data], { out: folder.path, resume: true });
    note(`stopped after ${steps} steps; go on with: ${again}`);
  },
};

/** Trains and writes the run, all but its scores. @returns whether it was interrupted. */
export async function train(
  training: Training,
  run: TrainRun,
  device: Device,
  signal: AbortSignal,
  view = ownView,
): Promise<boolean> {
  const { folder, dataset, split, config, start } = run;
  if (start.from === "checkpoint") await folder.removeScores();
  else await folder.writeSplit(dataset.names, split);
  const adapter = start.from === "checkpoint" ? start.adapter : device.description;
  await folder.writeConfig({ ...config, adapter });
  await follow(training, run, signal, view);
  const checkpoint = await training.checkpoint();
  await folder.writeCheckpoint("last", checkpoint);
  if (checkpoint.progress.best === null) await folder.writeCheckpoint("best", checkpoint);
  if (signal.aborted) view.onStopped(run, checkpoint.progress.step);
  return signal.aborted;
}

/** Trains, shows how it goes, and writes the history and the checkpoints. */
async function follow(training: Training, run: TrainRun, signal: AbortSignal, view: TrainingView): Promise<void> {
  const { folder, config, split, history } = run;
  await ProgressLine.during(async (line) => {
    signal.addEventListener("abort", () => {
      line.clear();
      note("stopping after this step; Ctrl-C again stops at once");
    });
    await training.run({
      signal,
      onStep: view.stepReporter(training, run, line),
      onEpoch: async (row, improved, messages) => {
        line.clear();
        view.onEpoch(row, config.preset, improved);
        messages.forEach(note);
        history.push(row);
        // The last checkpoint comes last: what a killed run resumes from, all else belongs to or is newer.
        await folder.writeHistory(history);
        const checkpoint = await training.checkpoint();
        if (improved || split.validation.length === 0) await folder.writeCheckpoint("best", checkpoint);
        await folder.writeCheckpoint("last", checkpoint);
      },
    });
  });
}

/** Shows each step; the loss, which has to be read from the GPU, once a second. */
function stepReporter(training: Training, { config, maxSteps }: TrainRun, line: ProgressLine) {
  const { epochs, batch } = config.preset;
  const began = performance.now();
  const first = training.progress.step;
  const last = Math.min(epochs * training.stepsPerEpoch, maxSteps);
  let loss = "";
  let asked = 0;
  return ({ epoch, stepOfEpoch, stepsPerEpoch }: { epoch: number; stepOfEpoch: number; stepsPerEpoch: number }) => {
    const seconds = (performance.now() - began) / 1000;
    const steps = training.progress.step - first;
    const left = clock(((last - training.progress.step) * seconds) / steps);
    const speed = ((steps * batch) / seconds).toFixed(1);
    if (process.stderr.isTTY && seconds > asked + 1) {
      asked = seconds;
      void training.lossOfEpoch().then(
        (value) => (loss = value === null ? "" : `loss ${value.toFixed(5)}  `),
        () => undefined, // the step that follows reports it
      );
    }
    const where = `epoch ${epoch + 1}/${epochs}  step ${stepOfEpoch}/${stepsPerEpoch}`;
    line.show(`${where}  ${loss}${speed} images/s  ETA ${left}`);
  };
}

function epochLine(row: HistoryRow, { epochs, metrics }: Preset, improved: boolean): string {
  const { epoch, loss, val, seconds, imagesPerSecond } = row;
  const validation = val
    ? `  validation ${val.loss.toFixed(5)} (${showScores(val, metrics)})${improved ? "  best" : ""}`
    : "";
  const speed = `${clock(seconds)}  ${imagesPerSecond.toFixed(1)} images/s`;
  return `epoch ${epoch}/${epochs}  loss ${loss.toFixed(5)}${validation}  ${speed}`;
}

/** By the convention of the preset. */
const showScores = ({ r2, keras }: EpochScores, metrics: Preset["metrics"]): string =>
  metrics === "global"
    ? `R2 ${r2?.toFixed(3) ?? "none"}`
    : `by batch: RMSE ${keras.rmse.toFixed(4)}, R2 ${keras.r2.toFixed(3)}`;

async function report(
  training: Training,
  { out: run, json }: TrainOptions,
  device: Device,
  seconds: number,
): Promise<void> {
  const { epoch: epochs, step: steps, best } = training.progress;
  const weightsSha256 = await weightsDigest(await training.model.read(device));
  if (json) printJson({ run, epochs, steps, adapter: device.description.name, seconds, best, weightsSha256 });
  else print(`${steps} steps in ${clock(seconds)}; the run is in ${run}, weights ${weightsSha256}`);
}
