/** What can be said of a model before it runs: its layers, its counts, and what a training step launches and keeps. */
import type { AugmentOptions } from "../data/augment/options.ts";
import type { Launch, LaunchBinding } from "../gpu/launch.ts";
import { stepTensor } from "../gpu/step.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { DeviceDataset } from "./device-dataset.ts";
import type { L1L2 } from "./kernel-regularizer.ts";
import type { LossName } from "./losses.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { PlacedLayer, Sequential } from "./sequential.ts";
import { recordEvaluation, recordTrainStep } from "./train-step.ts";

export interface LayerSummary {
  readonly name: string;
  /** Keras's class name. */
  readonly op: string;
  /** Of one sample: [C, H, W] or [features]. */
  readonly output: Shape;
  readonly parameters: number;
  /** Multiply-adds of the forward pass for one sample. */
  readonly macs: number;
}

export interface ModelSummary {
  /** Moving statistics included. */
  readonly parameters: number;
  readonly trainable: number;
  readonly macs: number;
  readonly layers: readonly LayerSummary[];
}

/** Layers and counts of a model. */
export function summarize(model: Sequential): ModelSummary {
  const layers = model.layers.map(summarizeLayer);
  return { ...model.count(), macs: layers.reduce((sum, { macs }) => sum + macs, 0), layers };
}

const summarizeLayer = ({ name, layer, input, shortcut, output }: PlacedLayer): LayerSummary => ({
  name,
  op: layer.type,
  output,
  parameters: layer.parameters(input, shortcut).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  macs: layer.macs(input, shortcut),
});

export interface TrainStepSummary {
  readonly launches: readonly Launch[];
  /** What the forward pass keeps for the backward pass. */
  readonly activationBytes: number;
}

export interface TrainStepSpec {
  readonly batch: number;
  readonly fuse: boolean;
  /** What is minimised; the mean squared error where nothing is said. */
  readonly loss?: LossName;
  /** What is added to it for large weights; nothing where nothing is said. */
  readonly kernelRegularizer?: L1L2;
  /** How training images are varied; without it they are as in the data set. */
  readonly augment?: AugmentOptions;
}

/** The launches of a training step at a batch size. Records them; needs no device. */
export function summarizeTrainStep(
  model: Sequential,
  optimizer: Optimizer,
  { batch, fuse, loss, kernelRegularizer, augment }: TrainStepSpec,
): TrainStepSummary {
  const data = dataFor(model, batch);
  const augmentation = augment && data.augmentationBy(augment, 0, new Uint32Array());
  const parts = { model, optimizer, data, step: stepTensor(), seed: 0, fuse, loss, kernelRegularizer, augmentation };
  const { launches } = recordTrainStep(parts, batch);
  return { launches, activationBytes: activationBytesOf(launches) };
}

/** The launches of an evaluation at a batch size. Records them; needs no device. */
export function evaluationLaunches(
  model: Sequential,
  { batch, fuse }: Pick<TrainStepSpec, "batch" | "fuse">,
): readonly Launch[] {
  return recordEvaluation({ model, data: dataFor(model, batch), step: stepTensor(), fuse }, batch).launches;
}

/** A data set of one batch that is on no device. */
function dataFor({ inputShape, outputShape }: Sequential, batch: number): DeviceDataset {
  const [outputs = 0] = outputShape;
  const [, height = 0, width = 0] = inputShape;
  const names = Array.from({ length: outputs }, (_, i) => `output${i + 1}`);
  return new DeviceDataset({ count: batch, size: [height, width], outputs: names }, batch);
}

/** Bytes of all that a forward launch writes and a backward launch reads; every element has four. */
function activationBytesOf(launches: readonly Launch[]): number {
  const within = (phase: Launch["phase"], wanted: (binding: LaunchBinding) => boolean) =>
    launches.filter((launch) => launch.phase === phase).flatMap(({ bindings }) => bindings.filter(wanted));
  const written = within("forward", ({ access }) => access === "write");
  const read = new Set(within("backward", ({ access }) => access !== "write").map(({ slot }) => slot));
  const kept = new Map(
    written.filter(({ slot }) => read.has(slot)).map(({ slot, shape }) => [slot, sizeOf(shape) * 4]),
  );
  return [...kept.values()].reduce((sum, bytes) => sum + bytes, 0);
}
