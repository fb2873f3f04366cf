/**
 * What a training begins with: its folder, configuration, data, network and weights. Read and checked before a device
 * opens, so that a mistake shows at once.
 */
import type { Dataset } from "../data/dataset.ts";
import { readBytes } from "../data/images.node.ts";
import type { Split } from "../data/split.ts";
import { DataError, ShapeError, UsageError } from "../errors.ts";
import { type Checkpoint, weightsOf } from "../nn/checkpoint.ts";
import type { HistoryRow } from "../nn/history.ts";
import { optimizerOf, type Preset } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { type HostTensor, weightsDigest } from "../nn/safetensors.ts";
import type { Sequential } from "../nn/sequential.ts";
import { summarizeTrainStep } from "../nn/summary.ts";
import { batchSizes } from "../nn/batch-sizes.ts";
import { networkOf } from "./network-of.ts";
import { note } from "./output.ts";
import { readDataset } from "./read-dataset.ts";
import { RunFolder } from "./run-folder.ts";
import { splitOf } from "./split-option.ts";
import { presetWith, requireSame, resumedPreset, type TrainOptions } from "./train-options.ts";
import { version } from "./version.ts";
import { readWeightsFile } from "./weights-file.ts";

export interface TrainRun {
  readonly folder: RunFolder;
  readonly config: Omit<RunConfig, "adapter">;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly model: Sequential;
  readonly start: Start;
  readonly history: HistoryRow[];
  /** Stop after so many steps. */
  readonly maxSteps: number;
}

/** Where the weights come from: the seed, a file, or the run itself. */
export type Start =
  | { readonly from: "seed" }
  | { readonly from: "file"; readonly source: string; readonly tensors: ReadonlyMap<string, HostTensor> }
  | {
      readonly from: "checkpoint";
      readonly source: string;
      readonly checkpoint: Checkpoint;
      /** What the run began on. */
      readonly adapter: RunConfig["adapter"];
    };

/** @throws UsageError, DataError or ShapeError naming the option or the file that cannot be used. */
export async function newRun(options: TrainOptions): Promise<TrainRun> {
  const folder = RunFolder.create(options.out);
  const preset = presetWith(options);
  const { data, initFrom, maxSteps = Infinity } = options;
  networkOf(preset, 1); // an image too small is known before all are read
  const start: Start = initFrom
    ? { from: "file", source: initFrom, ...readWeightsFile(await readBytes(initFrom, "a .safetensors file"), initFrom) }
    : { from: "seed" };
  const dataset = await loadFor(preset, data, readingOf(options));
  const config = await configOf(options, preset, dataset, start);
  const split = await splitOf(dataset.names, options, config.seed);
  requireValidation(options, split);
  return trainable({ folder, config, dataset, split, start, history: [], maxSteps });
}

type Reading = Pick<TrainOptions, "labelColumns" | "ignoreUnlabelled" | "channel" | "normalize" | "cache">;

/** What stays as it is when a run is resumed, besides its preset. */
type Unchanging = Reading & Pick<TrainOptions, "data" | "seed" | "shuffle" | "fuse" | "evaluateTraining">;

/** How the options say that the data set is read. */
export const readingOf = ({ labelColumns, ignoreUnlabelled, channel, normalize, cache }: Reading) => ({
  labelColumns,
  ignoreUnlabelled: ignoreUnlabelled ?? false,
  channel: channel ?? null,
  normalize: normalize ?? "none",
  cache,
});

/** Everything that decides a new run. */
export async function configOf(
  options: Unchanging,
  preset: Preset,
  dataset: Dataset,
  start: Exclude<Start, { readonly from: "checkpoint" }>,
): Promise<TrainRun["config"]> {
  const { ignoreUnlabelled, channel, normalize } = readingOf(options);
  return {
    version,
    preset,
    data: options.data,
    outputs: [...dataset.outputs],
    images: dataset.names.length,
    ignoreUnlabelled,
    channel,
    normalize,
    seed: options.seed ?? 0,
    initFrom:
      start.from === "file"
        ? { file: start.source, weightsSha256: await weightsDigest(weightsOf(start.tensors)) }
        : null,
    shuffle: options.shuffle ?? true,
    fuse: options.fuse ?? true,
    evaluateTraining: options.evaluateTraining ?? true,
  };
}

/** @throws UsageError if an option would change what the run is, or another error as `newRun`. */
export async function resumeRun(options: TrainOptions): Promise<TrainRun> {
  const folder = RunFolder.open(options.out, "Leave --resume away to begin one.");
  if (!RunFolder.canResume(options.out)) {
    throw new DataError(
      `${options.out}: expected a run with a checkpoint to go on from, got one that ended before its first. ` +
        "Remove it and begin again without --resume",
    );
  }
  const saved = await folder.readConfig();
  requireSameReading(saved, options);
  const preset = resumedPreset(saved.preset, options);
  const checkpoint = await folder.readCheckpoint("last");
  requireEpochs(preset.epochs, checkpoint);
  const dataset = await loadFor(preset, options.data, { ...readingOfConfig(saved), cache: options.cache });
  if (dataset.names.length !== saved.images) {
    throw new DataError(
      `${options.data}: expected the ${saved.images} images that the run began with, got ${dataset.names.length}. ` +
        `For a new run with its weights leave --resume away and add --init-from ${checkpoint.source}.`,
    );
  }
  return continuedRun(folder, { ...saved, preset, data: options.data }, dataset, checkpoint, options.maxSteps);
}

/** How a data set was read. */
export const readingOfConfig = ({ outputs, ignoreUnlabelled, channel, normalize }: RunConfig) => ({
  labelColumns: outputs,
  ignoreUnlabelled,
  channel,
  normalize,
});

/** @throws UsageError naming an option that would read the data otherwise, or draw other chances. */
export function requireSameReading(saved: RunConfig, options: Unchanging): void {
  requireSame("seed", options.seed, saved.seed);
  requireSame("shuffle", options.shuffle, saved.shuffle);
  requireSame("fuse", options.fuse, saved.fuse);
  requireSame("evaluate-training", options.evaluateTraining, saved.evaluateTraining);
  requireSame("label-columns", options.labelColumns?.join(","), saved.outputs.join(","));
  requireSame("ignore-unlabelled", options.ignoreUnlabelled, saved.ignoreUnlabelled);
  requireSame<number | string>("channel", options.channel, saved.channel ?? "gray of all channels");
  requireSame("normalize", options.normalize, saved.normalize);
}

/** A run that goes on where its last checkpoint stands. */
export async function continuedRun(
  folder: RunFolder,
  { adapter, ...config }: RunConfig,
  dataset: Dataset,
  { source, ...checkpoint }: Checkpoint & { readonly source: string },
  maxSteps = Infinity,
): Promise<TrainRun> {
  const split = await folder.readSplit(dataset.names);
  const history = (await folder.readHistory()).slice(0, checkpoint.progress.epoch);
  const start = { from: "checkpoint", source, checkpoint, adapter } as const;
  return trainable({ folder, config, dataset, split, start, history, maxSteps });
}

/** Of a schedule or a stop that was asked for and could not act; what a preset brings is noted by lint. */
function requireValidation({ schedule, earlyStopping }: TrainOptions, { validation }: Split): void {
  if (validation.length > 0) return;
  const cure = "Use --split to keep some";
  if (earlyStopping !== undefined) {
    throw new UsageError(`--early-stopping: expected images that validate, got none. ${cure}.`);
  }
  if (schedule?.name === "plateau") {
    throw new UsageError(
      `--schedule: expected images that validate for a plateau, got none. ${cure}, or take step or cosine.`,
    );
  }
}

function requireEpochs(epochs: number, { progress: { epoch, stepOfEpoch, callbacks } }: Checkpoint): void {
  if (callbacks.earlyStopping.isStopped) {
    note(`early stopping ended the run after ${epoch} epochs; a new run can go on with --init-from`);
    return;
  }
  const begun = epoch + (stepOfEpoch > 0 ? 1 : 0);
  if (epochs < begun) {
    throw new UsageError(`--epochs: expected at least the ${begun} that the run has begun, got ${epochs}`);
  }
  if (epochs === epoch) note(`the run has its ${epochs} epochs already; --epochs adds more`);
}

/** Reads the data set as a preset wants its images, and says what it is. */
export async function loadFor(
  { size, resize }: Preset,
  data: string,
  options: Omit<Parameters<typeof readDataset>[1], "size" | "resize">,
): Promise<Dataset> {
  const dataset = await readDataset(data, { size, resize, ...options });
  const resized = dataset.resized ? `, resized from ${dataset.resized.join(" x ")}` : "";
  const outputs = dataset.outputs.join(", ");
  note(`data: ${dataset.names.length} images of ${dataset.size.join(" x ")}${resized}; outputs: ${outputs}`);
  return dataset;
}

/**
 * Adds the network, once its training steps could be recorded at every size that a batch has.
 *
 * @throws UsageError naming --size or --batch.
 */
export function trainable(run: Omit<TrainRun, "model">): TrainRun {
  const { preset, outputs, fuse } = run.config;
  const { batch, loss, l1, l2 } = preset;
  const images = run.split.train.length;
  const model = networkOf(preset, outputs.length);
  for (const size of batchSizes(images, batch)) {
    try {
      summarizeTrainStep(model, optimizerOf(preset, model), { batch: size, fuse, loss, kernelRegularizer: { l1, l2 } });
    } catch (cause) {
      if (!(cause instanceof ShapeError)) throw cause;
      const last = size === batch ? "" : `, the last of ${size}`;
      throw new UsageError(
        `--batch: expected batches that can be trained, got ${images} images in batches of ${batch}${last}: ${cause.message}`,
        { cause },
      );
    }
  }
  return { ...run, model };
}
