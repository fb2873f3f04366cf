/** The options of `cellgrad train`, and what they make of a preset. */
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import { augmentNames } from "../data/augment/options.ts";
import { augmentOf } from "../data/augment/check.ts";
import { UsageError } from "../errors.ts";
import { earlyStoppingOf } from "../nn/callbacks/early-stopping.ts";
import { showSchedule } from "../nn/callbacks/schedule.ts";
import { scheduleFor } from "../nn/callbacks/schedule-request.ts";
import { lossNames } from "../nn/losses.ts";
import { heads, hiddenActivations } from "../nn/models/options.ts";
import { optimizerNames, settingsFor } from "../nn/optimizers/settings.ts";
import { largestBatch, largestSize, type Preset, presetNames, presetOf } from "../nn/preset.ts";
import {
  adapterOptions,
  cacheOption,
  choice,
  decodingOptions,
  fractions,
  integer,
  jsonOption,
  number,
  positiveInteger,
  scheduleOption,
  text,
} from "./options.ts";

function columnNames(given: unknown): string[] {
  const names = typeof given === "string" ? given.split(",").map((name) => name.trim()) : [""];
  if (!names.includes("") && new Set(names).size === names.length) return names;
  throw new UsageError(
    `--label-columns: expected different names with commas between them, got ${JSON.stringify(given)}`,
  );
}

export const labelColumnsOption = {
  "label-columns": {
    type: "string",
    requiresArg: true,
    coerce: columnNames,
    describe: "the outputs: columns of labels.csv, with commas",
  },
} as const;

/** What changes a preset's network. */
export const networkOptions = {
  activation: choice("activation", hiddenActivations, {
    describe: "after every layer but the last: relu, or leaky-relu, whose slope is 0.3 (default: the preset's)",
  }),
  head: choice("head", heads, { describe: "of the last layer: linear, relu or softmax (default: the preset's)" }),
  skip: { type: "boolean", describe: "add the input of each of R-Net's blocks to its output" },
} as const;

// No option that a preset decides has a default here: a resumed run can tell what was asked for from what was not.
export const trainOptions = {
  preset: choice("preset", presetNames, {
    describe: `what to train, and how: ${presetNames.join(", ")} (default rnet)`,
  }),
  out: text("out", { demandOption: true, describe: "the run's folder, which must not exist yet" }),
  resume: { type: "boolean", describe: "go on with the run in --out" },
  "init-from": text("init-from", { describe: "begin with the weights of this .safetensors file" }),
  epochs: positiveInteger("epochs", { describe: "passes over the training images" }),
  "max-steps": integer("max-steps", { describe: "stop after so many steps; 0 writes the initial weights" }, 0),
  batch: integer("batch", { describe: "images a step" }, 1, largestBatch),
  size: integer("size", { describe: "height and width that images are resized to" }, 1, largestSize),
  resize: choice("resize", ["area", "cv2-linear"], { describe: "how to resize: area or cv2-linear" }),
  ...decodingOptions,
  lr: number("lr", { describe: "learning rate" }, 1e-12),
  dropout: number("dropout", { describe: "share dropped after each dense layer" }, 0, 0.99),
  ...networkOptions,
  optimizer: choice("optimizer", optimizerNames, {
    describe: `how weights are updated: ${optimizerNames.join(", ")}; other than the preset's, with Keras's defaults`,
  }),
  loss: choice("loss", lossNames, { describe: `what is minimised: ${lossNames.join(", ")}` }),
  schedule: scheduleOption,
  "early-stopping": integer(
    "early-stopping",
    { describe: "stop after so many epochs without a better validation loss (default: never)" },
    1,
  ),
  l1: number("l1", { describe: "factor of the sum of |w| over kernels, added to the loss" }, 0),
  l2: number("l2", { describe: "factor of the sum of w² over kernels, added to the loss" }, 0),
  augment: choice("augment", augmentNames, {
    describe: `how training images are varied: ${augmentNames.join(", ")} (default: the preset's)`,
  }),
  seed: integer("seed", { describe: "decides what chance would (default 0)" }, 0),
  shuffle: {
    type: "boolean",
    describe: "a new order of images every epoch (default; --no-shuffle keeps that of labels.csv)",
  },
  "evaluate-training": {
    type: "boolean",
    describe:
      "score training images like a validation too, after each epoch (default; --no-evaluate-training saves it)",
  },
  fuse: {
    type: "boolean",
    describe: "let layers do work of their neighbours (default; --no-fuse records plain lists)",
  },
  ...labelColumnsOption,
  "ignore-unlabelled": { type: "boolean", describe: "leave out images without a label" },
  split: fractions("split", { describe: "shares of training, validation and test (default 0.7,0.15,0.15)" }, 3),
  "split-file": text("split-file", { describe: "a split.json that names the images of each part" }),
  "hold-out-densest": number(
    "hold-out-densest",
    { describe: "keep the share of images with the most cells out, as out of range (needs counts.csv)" },
    0.001,
    0.9,
  ),
  ...cacheOption,
  ...jsonOption,
  ...adapterOptions,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(trainOptions)
    .conflicts("split", "split-file")
    .conflicts("hold-out-densest", "split-file")
    .conflicts("resume", ["init-from", "split", "split-file", "hold-out-densest"]);

type Given = ArgumentsCamelCase<InferredOptionTypes<typeof trainOptions> & { data: string }>;

/** What was given on the command line; what was not is absent. */
export type TrainOptions = Partial<Given> & Pick<Given, "data" | "out" | "json">;

/** What was given of those that change a network. */
export type NetworkGiven = Partial<Pick<Given, "activation" | "head" | "skip">>;

/** What of them changes a preset. */
export type PresetOptions = NetworkGiven &
  Partial<
    Pick<
      Given,
      | "preset"
      | "epochs"
      | "batch"
      | "size"
      | "resize"
      | "augment"
      | "dropout"
      | "lr"
      | "optimizer"
      | "loss"
      | "l1"
      | "l2"
      | "schedule"
      | "earlyStopping"
    >
  >;

/** A preset with the options that change its network. */
export const withNetwork = (preset: Preset, { activation, head, skip }: NetworkGiven): Preset => ({
  ...preset,
  activation: activation ?? preset.activation,
  head: head ?? preset.head,
  skip: skip ?? preset.skip,
});

/** The preset that was asked for, with the options that change it. */
export function presetWith(options: PresetOptions): Preset {
  const own = presetOf(options.preset ?? "rnet");
  const preset = withNetwork(own, options);
  const optimizer = settingsFor(preset.optimizer, options.optimizer);
  return {
    ...preset,
    epochs: options.epochs ?? preset.epochs,
    batch: options.batch ?? preset.batch,
    size: options.size ?? preset.size,
    resize: options.resize ?? preset.resize,
    augment: options.augment === undefined ? preset.augment : augmentOf(options.augment),
    dropout: options.dropout ?? preset.dropout,
    loss: options.loss ?? preset.loss,
    l1: options.l1 ?? preset.l1,
    l2: options.l2 ?? preset.l2,
    optimizer: { ...optimizer, learningRate: options.lr ?? optimizer.learningRate },
    schedule: scheduleFor(preset.schedule, options.schedule),
    accepts: acceptedBy(own, options),
    earlyStopping: options.earlyStopping === undefined ? preset.earlyStopping : earlyStoppingOf(options.earlyStopping),
  };
}

/** A pool's edge was accepted at the preset's own size, and a composition with its own head. */
function acceptedBy({ accepts, size, head }: Preset, options: PresetOptions): Preset["accepts"] {
  const outlived = [
    options.size !== undefined && options.size !== size ? "pool-drops-edge" : null,
    options.head !== undefined && options.head !== head ? "composition" : null,
  ];
  return Object.fromEntries(Object.entries(accepts).filter(([rule]) => !outlived.includes(rule)));
}

/**
 * A run's preset for its continuation: only --epochs may change, where the schedule does not depend on them.
 *
 * @throws UsageError naming an option that would change what the run is.
 */
export function resumedPreset(saved: Preset, options: TrainOptions): Preset {
  const asked = {
    ...presetWith({ ...options, preset: options.preset ?? saved.name }),
    schedule: scheduleFor(saved.schedule, options.schedule),
  };
  const given = [
    ["preset", options.preset, saved.name],
    ["batch", options.batch, saved.batch],
    ["size", options.size, saved.size],
    ["resize", options.resize, saved.resize],
    ["augment", options.augment, saved.augment.name],
    ["dropout", options.dropout, saved.dropout],
    ["activation", options.activation, saved.activation],
    ["head", options.head, saved.head],
    ["skip", options.skip, saved.skip],
    ["loss", options.loss, saved.loss],
    ["l1", options.l1, saved.l1],
    ["l2", options.l2, saved.l2],
    ["optimizer", options.optimizer, saved.optimizer.name],
    ["lr", options.lr, saved.optimizer.learningRate],
    ["schedule", options.schedule && showSchedule(asked.schedule), showSchedule(saved.schedule)],
    ["early-stopping", options.earlyStopping, saved.earlyStopping?.patience ?? "none"],
  ] as const;
  for (const [name, value, own] of given) requireSame<string | number | boolean>(name, value, own);
  if (saved.schedule.name === "cosine" && asked.epochs !== saved.epochs && options.epochs !== undefined) {
    throw new UsageError(
      `--epochs: expected the ${saved.epochs} over which the run's cosine schedule ends, got ${options.epochs}`,
    );
  }
  return { ...saved, epochs: options.epochs === undefined ? saved.epochs : asked.epochs };
}

/** @throws UsageError if an option was given and differs from what the run has. */
export function requireSame<Value extends string | number | boolean>(
  name: string,
  given: Value | undefined,
  own: Value,
): void {
  if (given === undefined || given === own) return;
  throw new UsageError(`--${name}: expected the run's own ${String(own)} with --resume, got ${String(given)}`);
}
