/**
 * Training: the loop that Node and the page share. It plans the Programs, walks through epochs, and tells what happens
 * through callbacks; it prints nothing and writes no file.
 */
import type { AugmentOptions } from "../data/augment/options.ts";
import { UsageError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { stepTensor, writeStep } from "../gpu/step.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { RandomStream } from "../rng.ts";
import type { Split } from "../data/split.ts";
import { type Checkpoint, type Progress, readOptimizer, writeOptimizer } from "./checkpoint.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import { scoresOf } from "./evaluate.ts";
import type { EpochScores, HistoryRow } from "./history.ts";
import { type L1L2, penaltyOf } from "./kernel-regularizer.ts";
import type { LossName } from "./losses.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import { Pacer } from "./pacer.ts";
import { predictAll } from "./predictor.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Sequential } from "./sequential.ts";
import { recordEvaluation, recordTrainStep } from "./train-step.ts";

export interface TrainingOptions {
  readonly device: Device;
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly data: DeviceDataset;
  readonly split: Split;
  readonly batch: number;
  readonly epochs: number;
  readonly learningRate: number;
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
  readonly onEpoch?: (row: HistoryRow, improved: boolean) => Promise<void>;
  /** Asked to stop: the step is finished first. */
  readonly signal?: AbortSignal;
}

/**
 * The sizes of an epoch's batches: the full one and, where images are left over, that of the last.
 *
 * @throws UsageError if the batch is larger than the training split.
 */
export function batchSizes(images: number, batch: number): number[] {
  if (batch > images) {
    throw new UsageError(
      `--batch: expected at most the ${images} images of the training split, got ${batch}. ` +
        "Use a smaller batch or more images.",
    );
  }
  const last = images % batch;
  return last > 0 ? [batch, last] : [batch];
}

/** A training that can be begun, resumed, and asked for its state. */
export class Training {
  readonly #options: TrainingOptions;
  readonly #step: Tensor = stepTensor();
  readonly #batchSizes: readonly number[];
  readonly #programs = new Map<number, ReadyProgram>();
  #evaluation: ReadyProgram | undefined;
  #progress: Progress = { epoch: 0, step: 0, stepOfEpoch: 0, best: null };

  /** @throws UsageError if the batch is larger than the training split. */
  constructor(options: TrainingOptions) {
    this.#batchSizes = batchSizes(options.split.train.length, options.batch);
    this.#options = options;
  }

  get model(): Sequential {
    return this.#options.model;
  }

  get progress(): Progress {
    return this.#progress;
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#options.split.train.length / this.#options.batch);
  }

  /** Records, plans and compiles everything, before the first step. @throws ShapeError if the model cannot be trained. */
  async prepare(events: Pick<TrainingEvents, "onCompile"> = {}): Promise<void> {
    const { device, batch, augment, data, seed, split } = this.#options;
    const augmentation = augment && data.augmentationBy(augment, seed, split.train);
    const parts = { ...this.#options, step: this.#step, tuning: device.tuning, augmentation };
    const programs = this.#batchSizes.map((size) => ({ size, program: recordTrainStep(parts, size) }));
    const evaluation = recordEvaluation(parts, batch);
    const total = [...programs.map(({ program }) => program), evaluation].reduce(
      (sum, p) => sum + p.launches.length,
      0,
    );
    let compiled = 0;
    const onProgress = () => events.onCompile?.(++compiled, total);
    const ready = await Promise.all(programs.map(({ program }) => program.finish(device, onProgress)));
    programs.forEach(({ size }, i) => this.#programs.set(size, ready[i]!));
    this.#evaluation = await evaluation.finish(device, onProgress);
  }

  /** The Program of a full training step, once prepared. */
  get program(): ReadyProgram {
    return required(this.#programs.get(this.#options.batch));
  }

  /** Trains until the last epoch, the last step, or a stop. @throws DeviceError if the GPU fails. */
  async run(events: TrainingEvents = {}): Promise<void> {
    const { epochs, maxSteps = Infinity } = this.#options;
    while (this.#progress.epoch < epochs && this.#progress.step < maxSteps && !events.signal?.aborted) {
      await this.#runEpoch(events, maxSteps);
    }
  }

  async #runEpoch(events: TrainingEvents, maxSteps: number): Promise<void> {
    const { device, data, batch } = this.#options;
    const order = this.#orderOf(this.#progress.epoch);
    const began = performance.now();
    const images = order.length - this.#progress.stepOfEpoch * batch;
    data.setOrder(device, order);
    const pacer = new Pacer(device);
    while (this.#progress.stepOfEpoch < this.stepsPerEpoch) {
      if (events.signal?.aborted || this.#progress.step >= maxSteps) return device.settled();
      this.#submitStep(order.length);
      await pacer.submitted();
      const { epoch, stepOfEpoch } = this.#progress;
      events.onStep?.({ epoch, stepOfEpoch, stepsPerEpoch: this.stepsPerEpoch });
    }
    await device.settled();
    await this.#finishEpoch(order, images, (performance.now() - began) / 1000, events);
  }

  #submitStep(images: number): void {
    const { device, batch, learningRate } = this.#options;
    const { stepOfEpoch, step } = this.#progress;
    const batchStart = stepOfEpoch * batch;
    writeStep(device, this.#step, { index: step, batchStart, learningRate });
    required(this.#programs.get(Math.min(batch, images - batchStart))).run();
    this.#progress = { ...this.#progress, step: step + 1, stepOfEpoch: stepOfEpoch + 1 };
  }

  async #finishEpoch(order: Uint32Array, images: number, seconds: number, events: TrainingEvents): Promise<void> {
    const { device, data, split, learningRate } = this.#options;
    const predictions = await data.readPredictions(device, order.length);
    const scores = await this.#scoresOf(predictions, order);
    const val = split.validation.length > 0 ? await this.evaluate(split.validation) : null;
    const { step, best } = this.#progress;
    const epoch = this.#progress.epoch + 1;
    const improved = val !== null && val.loss < (best?.valLoss ?? Infinity);
    this.#progress = { epoch, step, stepOfEpoch: 0, best: improved ? { epoch, valLoss: val.loss } : best };
    const row = { ...scores, epoch, step, val, learningRate, seconds, imagesPerSecond: images / seconds };
    await events.onEpoch?.(row, improved);
  }

  #orderOf(epoch: number): Uint32Array {
    const { split, shuffle, seed } = this.#options;
    if (!shuffle) return split.train;
    return new RandomStream(seed, "shuffle", epoch).permutation(split.train.length).map((i) => split.train[i]!);
  }

  /** The loss over the steps of the unfinished epoch that have run, or null before its first step. */
  async lossOfEpoch(): Promise<number | null> {
    const { device, data, batch } = this.#options;
    const order = this.#orderOf(this.#progress.epoch).subarray(0, this.#progress.stepOfEpoch * batch);
    if (order.length === 0) return null;
    return (await this.#scoresOf(await data.readPredictions(device, order.length), order)).loss;
  }

  /** Scores of these images in evaluation mode. */
  async evaluate(indices: Uint32Array): Promise<EpochScores> {
    return this.#scoresOf(await this.predict(indices), indices);
  }

  /** The loss with the penalty of the weights as they are now; Keras's of training is a mean over the epoch's steps. */
  async #scoresOf(predictions: Float32Array, indices: Uint32Array): Promise<EpochScores> {
    const { device, model, data, kernelRegularizer } = this.#options;
    const penalty = kernelRegularizer ? await penaltyOf(device, model, kernelRegularizer) : 0;
    return scoresOf(predictions, data, indices, { ...this.#options, penalty });
  }

  /** Predictions of these images in evaluation mode, [indices, K]. */
  async predict(indices: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    const { device, data, batch } = this.#options;
    return predictAll(device, required(this.#evaluation), data, this.#step, indices, batch);
  }

  /** Everything that a resumed run needs. */
  async checkpoint(): Promise<Checkpoint> {
    const { device, model, optimizer, data, batch } = this.#options;
    const tensors = new Map<string, HostTensor>([
      ...(await model.read(device)),
      ...(await readOptimizer(device, model, optimizer)),
    ]);
    const { stepOfEpoch } = this.#progress;
    if (stepOfEpoch > 0) {
      const rows = stepOfEpoch * batch;
      tensors.set("epoch.predictions", {
        shape: [rows, data.outputs.length],
        data: await data.readPredictions(device, rows),
      });
    }
    return { progress: this.#progress, tensors };
  }

  /** Goes on where a checkpoint stands. @throws DataError if it does not fit. */
  restore({ progress, tensors }: Checkpoint, source: string): void {
    const { device, model, optimizer, data } = this.#options;
    model.write(device, tensors, source);
    writeOptimizer(device, model, optimizer, tensors, source);
    const predictions = tensors.get("epoch.predictions");
    if (predictions) data.writePredictions(device, new Float32Array(predictions.data));
    this.#progress = progress;
  }
}

function required(program: ReadyProgram | undefined): ReadyProgram {
  if (!program) throw new Error("training: expected prepare() before it runs");
  return program;
}
