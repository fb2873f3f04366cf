/**
 * Compares the gradients that a training step computes with finite differences of its loss. Of each parameter tensor:
 * one derivative along the gradient, in which every element takes part, and some single elements.
 */
import { CellgradError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { Program } from "../gpu/program.ts";
import { stepTensor, writeStep } from "../gpu/step.ts";
import { type Slot, type Tensor, wholeSlot } from "../gpu/tensor.ts";
import { RandomStream } from "../rng.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Tape } from "./autograd.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";
import {
  chooseElements,
  compareAlongGradient,
  compareElements,
  type Comparison,
  directionalTolerance,
  type ElementComparison,
  type Probe,
  worse,
} from "./finite-difference.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { Sequential } from "./sequential.ts";
import { recordTrainStep, type TrainStepParts } from "./train-step.ts";

export interface GradientCheckOptions {
  readonly device: Device;
  /** Its parameters are on the device. They are moved and put back; the moving statistics are left changed. */
  readonly model: Sequential;
  /** One batch. */
  readonly data: ImagesAndLabels;
  /** Elements of each tensor: one half those with the largest gradients, the other at random. */
  readonly samples: number;
  /** Decides the random elements, and the dropout masks if the model has any. */
  readonly seed: number;
  readonly onTensor?: (checked: number, total: number) => void;
}

export interface TensorCheck {
  readonly name: string;
  readonly shape: Shape;
  /** Along the gradient, divided by its norm. */
  readonly directional: Comparison;
  readonly elements: readonly ElementComparison[];
}

/** The tensor with the largest error along the gradient. */
export const worstTensor = (checks: readonly TensorCheck[]): TensorCheck =>
  checks.reduce((a, b) => (worse(a.directional, b.directional) === a.directional ? a : b));

/** @throws CellgradError naming the tensor that is farthest off, if one is beyond the tolerance. */
export function requireTolerance(checks: readonly TensorCheck[]): void {
  const wrong = checks.filter(({ directional }) => !(directional.error <= directionalTolerance));
  if (wrong.length === 0) return;
  const { name, directional } = worstTensor(wrong);
  const { gpu, difference, error } = directional;
  throw new CellgradError(
    `gradients: expected an error along the gradient of at most ${directionalTolerance}, got ${error.toPrecision(3)} ` +
      `for ${name} (gradient ${gpu.toPrecision(5)}, finite difference ${difference.toPrecision(5)}); ` +
      `${wrong.length} of ${checks.length} tensors are off`,
  );
}

/** Checks every trainable tensor on one batch, in training mode. @throws DeviceError if the GPU fails. */
export async function checkGradients(options: GradientCheckOptions): Promise<TensorCheck[]> {
  const { device, model, seed, samples, onTensor } = options;
  const batch = await prepareBatch(options);
  const gradients = await batch.gradients();
  const loss = await batch.loss();
  const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable);
  const checks: TensorCheck[] = [];
  for (const { name, tensor } of trainable) {
    const start = tensor.offset / 4;
    const gradient = gradients.subarray(start, start + sizeOf(tensor.shape));
    const values = await device.read(tensor);
    const probe: Probe = { device, tensor, values, gradient, loss, lossNow: batch.loss };
    const random = new RandomStream(seed, `check/${name}`);
    const directional = await compareAlongGradient(probe, random);
    device.write(tensor, values);
    const elements = await compareElements(probe, chooseElements(gradient, samples, random));
    checks.push({ name, shape: tensor.shape, directional, elements });
    onTensor?.(checks.length, trainable.length);
  }
  batch.destroy();
  return checks;
}

/** The training step of a batch, without its update, and its forward pass alone. */
async function prepareBatch({ device, model, data: source, seed }: GradientCheckOptions) {
  const { labels, outputs } = source;
  const count = labels.length / outputs.length;
  const data = DeviceDataset.upload(device, source, count);
  const inOrder = Uint32Array.from({ length: count }, (_, i) => i);
  data.setOrder(device, inOrder);
  const step = stepTensor();
  writeStep(device, step, { index: 0, batchStart: 0, learningRate: 0 });
  const parts = { model, data, step, seed, fuse: true, tuning: device.tuning };
  const optimizer = new GradientKeeper();
  const wholeStep = await recordTrainStep({ ...parts, optimizer }, count).finish(device);
  const forward = await recordForward(parts, count).finish(device);
  return {
    /** Of all trainable parameters, laid out as they are. */
    gradients: (): Promise<Float32Array> => {
      wholeStep.run();
      return device.read(optimizer.gradients);
    },
    /** The mean squared error, in float64 from the GPU's predictions. */
    loss: async (): Promise<number> => {
      forward.run();
      const predictions = await data.readPredictions(device, count);
      return predictions.reduce((sum, prediction, i) => sum + (prediction - labels[i]!) ** 2, 0) / labels.length;
    },
    destroy: (): void => {
      wholeStep.destroy();
      forward.destroy();
      device.release(optimizer.gradients.slot);
    },
  };
}

/** Stands where the optimizer does in a training step, and changes nothing. */
class GradientKeeper implements Optimizer {
  readonly state = new Map<string, Tensor>();
  #gradients: Tensor | undefined;

  update(_program: Program, _parameters: Slot, gradients: Slot): void {
    this.#gradients = wholeSlot(gradients);
  }

  get gradients(): Tensor {
    if (!this.#gradients) throw new Error("gradient check: expected a training step to be recorded first");
    return this.#gradients;
  }
}

function recordForward(parts: Omit<TrainStepParts, "optimizer">, batch: number): Program {
  const { model, data, step, seed, fuse } = parts;
  const program = new Program(`forward pass, batch ${batch}`, parts.tuning);
  const { images } = data.recordBatch(program, batch, step);
  const prediction = model.record(new Tape(program), images, { training: true, step, seed, fuse });
  data.recordPredictions(program, prediction, step);
  return program;
}
