/**
 * Training: the loop that Node and the page share. It plans the Programs, walks through epochs, and tells what happens
 * through callbacks; it prints nothing and writes no file.
 */
import { stepTensor, writeStep } from "../gpu/step.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { RandomStream } from "../rng.ts";
import { batchSizes } from "./batch-sizes.ts";
import { bestAfter } from "./callbacks/best-epoch.ts";
import { afterEpoch, initialCallbacks } from "./callbacks/callbacks.ts";
import { type Checkpoint, type Progress, readOptimizer, restoredPrefix, writeOptimizer } from "./checkpoint.ts";
import { scoresOf } from "./evaluate.ts";
import type { EpochScores } from "./history.ts";
import { penaltyOf } from "./kernel-regularizer.ts";
import { Pacer } from "./pacer.ts";
import { predictAll } from "./predict-all.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Sequential } from "./sequential.ts";
import { recordEvaluation, recordTrainStep } from "./train-step.ts";
import type { TrainingEvents, TrainingOptions } from "./training-options.ts";

/** A training that can be begun, resumed, and asked for its state. */
export class Training {
  readonly #options: TrainingOptions;
  readonly #step: Tensor = stepTensor();
  readonly #batchSizes: readonly number[];
  readonly #programs = new Map<number, ReadyProgram>();
  #evaluation: ReadyProgram | undefined;
  #progress: Progress = { epoch: 0, step: 0, stepOfEpoch: 0, best: null, callbacks: initialCallbacks };
  /** Those of the best epoch, where early stopping is to bring them back. */
  #bestWeights: ReadonlyMap<string, HostTensor> | null = null;

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

  /** Of the coming epoch, or of the one that has begun. */
  get learningRate(): number {
    return this.#progress.callbacks.learningRate ?? this.#options.learningRate;
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

  /** Whether early stopping has ended it. */
  get isStopped(): boolean {
    return this.#progress.callbacks.earlyStopping.isStopped;
  }

  /** Trains until the last epoch, the last step, or a stop. @throws DeviceError if the GPU fails. */
  async run(events: TrainingEvents = {}): Promise<void> {
    const { device, model, epochs, maxSteps = Infinity } = this.#options;
    const isOver = () => this.isStopped || this.#progress.epoch >= epochs || this.#progress.step >= maxSteps;
    while (!isOver() && !events.signal?.aborted) await this.#runEpoch(events, maxSteps);
    if (this.isStopped && this.#bestWeights) model.write(device, this.#bestWeights, "the weights of the best epoch");
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
      this.#submitStep(order.length, this.learningRate);
      await pacer.submitted();
      const { epoch, stepOfEpoch } = this.#progress;
      events.onStep?.({ epoch, stepOfEpoch, stepsPerEpoch: this.stepsPerEpoch });
    }
    await device.settled();
    await this.#finishEpoch(order, images, (performance.now() - began) / 1000, events);
  }

  #submitStep(images: number, learningRate: number): void {
    const { device, batch } = this.#options;
    const { stepOfEpoch, step } = this.#progress;
    const batchStart = stepOfEpoch * batch;
    writeStep(device, this.#step, { index: step, batchStart, learningRate });
    required(this.#programs.get(Math.min(batch, images - batchStart))).run();
    this.#progress = { ...this.#progress, step: step + 1, stepOfEpoch: stepOfEpoch + 1 };
  }

  /**
   * One step at any learning rate, into the next epoch where one ends, and the loss of its batch before the step. No
   * epoch is scored.
   *
   * @throws DataError if training diverged.
   */
  async stepAt(learningRate: number): Promise<number> {
    const { device, data, batch } = this.#options;
    const { epoch, stepOfEpoch } = this.#progress;
    if (stepOfEpoch === this.stepsPerEpoch) this.#progress = { ...this.#progress, epoch: epoch + 1, stepOfEpoch: 0 };
    const order = this.#orderOf(this.#progress.epoch);
    const start = this.#progress.stepOfEpoch * batch;
    data.setOrder(device, order);
    const penalty = await this.#penalty();
    this.#submitStep(order.length, learningRate);
    const rows = order.subarray(start, start + batch);
    const predictions = await data.readPredictions(device, start + rows.length);
    return scoresOf(predictions.subarray(start * data.outputs.length), data, rows, { ...this.#options, penalty }).loss;
  }

  async #finishEpoch(order: Uint32Array, images: number, seconds: number, events: TrainingEvents): Promise<void> {
    const { device, data, split } = this.#options;
    const predictions = await data.readPredictions(device, order.length);
    const scores = await this.#scoresOf(predictions, order);
    const val = split.validation.length > 0 ? await this.evaluate(split.validation) : null;
    const trainEvaluated = await this.#evaluateTraining();
    const { learningRate } = this;
    const { improved, messages } = await this.#actAfterEpoch(val?.loss ?? null);
    const { epoch, step } = this.#progress;
    const speed = { seconds, imagesPerSecond: images / seconds };
    await events.onEpoch?.({ ...scores, epoch, step, val, trainEvaluated, learningRate, ...speed }, improved, messages);
  }

  /** Of the first images of the split, as many as validate, so that both curves are of equal size and the same images. */
  async #evaluateTraining(): Promise<EpochScores | null> {
    const { evaluateTraining = false, split } = this.#options;
    if (!evaluateTraining || split.validation.length === 0) return null;
    return this.evaluate(split.train.subarray(0, split.validation.length));
  }

  /** Notes the best epoch, and lets the callbacks act. */
  async #actAfterEpoch(valLoss: number | null): Promise<{ improved: boolean; messages: readonly string[] }> {
    const { device, model, schedule = { name: "constant" }, earlyStopping = null } = this.#options;
    const { step, callbacks } = this.#progress;
    const epoch = this.#progress.epoch + 1;
    const best = bestAfter(this.#progress.best, epoch, valLoss);
    const { state, messages } = afterEpoch({ ...this.#options, schedule, earlyStopping }, callbacks, epoch, valLoss);
    if (earlyStopping?.restoreBestWeights && state.earlyStopping.best?.epoch === epoch) {
      this.#bestWeights = await model.read(device);
    }
    this.#progress = { epoch, step, stepOfEpoch: 0, best, callbacks: state };
    return { improved: best?.epoch === epoch, messages };
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
    const penalty = await this.#penalty();
    return scoresOf(predictions, this.#options.data, indices, { ...this.#options, penalty });
  }

  async #penalty(): Promise<number> {
    const { device, model, kernelRegularizer } = this.#options;
    return kernelRegularizer ? penaltyOf(device, model, kernelRegularizer) : 0;
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
    for (const [name, tensor] of this.#bestWeights ?? []) tensors.set(`${restoredPrefix}${name}`, tensor);
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
    const best = [...tensors].filter(([name]) => name.startsWith(restoredPrefix));
    this.#bestWeights =
      best.length > 0 ? new Map(best.map(([name, tensor]) => [name.slice(restoredPrefix.length), tensor])) : null;
    this.#progress = progress;
  }
}

function required(program: ReadyProgram | undefined): ReadyProgram {
  if (!program) throw new Error("training: expected prepare() before it runs");
  return program;
}
