/** What a training is made of, and what it tells while it runs. */
import type { AugmentOptions } from "../data/augment/options.ts";
import type { Split } from "../data/split.ts";
import type { Device } from "../gpu/device.ts";
import type { EarlyStoppingOptions } from "./callbacks/early-stopping.ts";
import type { Schedule } from "./callbacks/schedule.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import type { HistoryRow } from "./history.ts";
import type { L1L2 } from "./kernel-regularizer.ts";
import type { LossName } from "./losses.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Sequential } from "./sequential.ts";

export interface TrainingOptions {
  readonly device: Device;
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly data: DeviceDataset;
  readonly split: Split;
  readonly batch: number;
  readonly epochs: number;
  /** Of the first epoch. */
  readonly learningRate: number;
  /** How it changes from epoch to epoch; constant where nothing is said. */
  readonly schedule?: Schedule | undefined;
  /** When training ends before the last epoch; never where nothing is said. */
  readonly earlyStopping?: EarlyStoppingOptions | null | undefined;
  /** Whether each epoch also scores training images as a validation is scored, as many as validate; false by default. */
  readonly evaluateTraining?: boolean | undefined;
  readonly seed: number;
  /** A new order of images every epoch, or the same. */
  readonly shuffle: boolean;
  readonly fuse: boolean;
  /** What is minimised; the mean squared error where nothing is said. */
  readonly loss?: LossName | undefined;
  /** What is added to it for large weights; nothing where nothing is said. */
  readonly kernelRegularizer?: L1L2 | undefined;
  /** How training images are varied; without it they are as in the data set. */
  readonly augment?: AugmentOptions | undefined;
  /** Stop after so many optimizer steps. */
  readonly maxSteps?: number | undefined;
}

export interface TrainingEvents {
  readonly onCompile?: (compiled: number, total: number) => void;
  /** After every step that was submitted; the GPU may be a few steps behind. */
  readonly onStep?: (state: { epoch: number; stepOfEpoch: number; stepsPerEpoch: number }) => void;
  /** @param messages what callbacks did after it, and why: a learning rate that changed, a stop. */
  readonly onEpoch?: (row: HistoryRow, improved: boolean, messages: readonly string[]) => Promise<void>;
  /** Asked to stop: the step is finished first. */
  readonly signal?: AbortSignal;
}
