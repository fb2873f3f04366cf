/** Records the Programs of training: a step, and the pass over a split that evaluates. */
import type { Augmentation } from "../data/augment/record.ts";
import { Program } from "../gpu/program.ts";
import { arena, type Slot, type Tensor } from "../gpu/tensor.ts";
import type { Tuning } from "../gpu/tuning.ts";
import { copy } from "../kernels/copy.ts";
import { Tape } from "./autograd.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import { type L1L2, regularizeGradients } from "./kernel-regularizer.ts";
import { type LossName, losses } from "./losses.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Sequential } from "./sequential.ts";

export interface TrainStepParts {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly data: DeviceDataset;
  readonly step: Tensor;
  readonly seed: number;
  readonly fuse: boolean;
  /** What is minimised; the mean squared error where nothing is said. */
  readonly loss?: LossName | undefined;
  /** What is added to it for large weights; nothing where nothing is said. */
  readonly kernelRegularizer?: L1L2 | undefined;
  /** How training images are varied; without it they are as in the data set. */
  readonly augmentation?: Augmentation | undefined;
  /** Decides which variants of the kernels are recorded. */
  readonly tuning?: Tuning;
}

/** Gathers and varies a batch, goes forward and back, and updates every parameter: one Program, one submit a step. */
export function recordTrainStep(parts: TrainStepParts, batch: number): Program {
  const { model, optimizer, data, step, seed, fuse } = parts;
  const lossOp = losses[parts.loss ?? "mse"];
  const program = new Program(`train step, batch ${batch}`, parts.tuning);
  const tape = new Tape(program);
  const { images, targets } = data.recordBatch(program, batch, step, parts.augmentation);
  const prediction = model.record(tape, images, { training: true, step, seed, fuse });
  const keep = fuse ? { keep: { predictions: data.keptPredictions, step } } : {};
  if (!fuse) data.recordPredictions(program, prediction, step);
  const loss = tape.within("loss", () => tape.apply(lossOp, [prediction, targets] as const, keep));
  const gradients = gatherGradients(program, model, tape.backward(loss));
  if (parts.kernelRegularizer) regularizeGradients(program, model, gradients, parts.kernelRegularizer);
  optimizer.update(program, model.trainableSlot, gradients, step);
  return program;
}

/**
 * Gathers a batch and predicts it in evaluation mode, its images as they are; the predictions are kept with the data set.
 *
 * @param dropoutSeed decides what dropout drops, another mask at every step; without it nothing is dropped.
 */
export function recordEvaluation(
  parts: Pick<TrainStepParts, "model" | "data" | "step" | "fuse" | "tuning">,
  batch: number,
  dropoutSeed?: number,
): Program {
  const { model, data, step, fuse } = parts;
  const program = new Program(`evaluation, batch ${batch}`, parts.tuning);
  const { images } = data.recordBatch(program, batch, step);
  const dropout = dropoutSeed !== undefined;
  const options = { training: false, dropout, step, seed: dropoutSeed ?? 0, fuse };
  const prediction = model.record(new Tape(program), images, options);
  data.recordPredictions(program, prediction, step);
  return program;
}

/** Lays the gradients out as the parameters are, in one slot. */
export function gatherGradients(program: Program, model: Sequential, gradients: ReadonlyMap<Tensor, Tensor>): Slot {
  const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable);
  const homes = arena(
    "gradients",
    trainable.map(({ name, tensor }) => ({ name, shape: tensor.shape })),
  );
  const placedElsewhere: (readonly [gradient: Tensor, home: Tensor])[] = [];
  for (const { name, tensor } of trainable) {
    const gradient = gradients.get(tensor);
    const home = homes.get(name);
    if (!gradient || !home) throw new Error(`train step: expected a gradient of ${name}, got none`);
    if (!program.place(gradient, home)) placedElsewhere.push([gradient, home]);
  }
  program.flushSums();
  for (const [gradient, home] of placedElsewhere) copy(program, gradient, home);
  const [first] = homes.values();
  if (!first) throw new Error("train step: expected at least one trainable parameter, got none");
  return first.slot;
}
