/**
 * Compares the gradients that a training step computes with finite differences of its loss. Of each parameter tensor:
 * one derivative along the gradient, in which every element takes part, and some single elements.
 */
import type { Device } from "../gpu/device.ts";
import { Program } from "../gpu/program.ts";
import { stepTensor, writeStep } from "../gpu/step.ts";
import { type Slot, type Tensor, wholeSlot } from "../gpu/tensor.ts";
import { RandomStream } from "../rng.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Tape } from "./autograd.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";
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

/** A derivative of the loss: from the GPU's gradient, and as a finite difference. */
export interface Comparison {
  readonly gpu: number;
  readonly difference: number;
  /** Their distance, relative to the larger one; of an element, relative to the tensor's largest gradient. */
  readonly error: number;
}

export interface ElementComparison extends Comparison {
  readonly index: readonly number[];
}

export interface TensorCheck {
  readonly name: string;
  readonly shape: Shape;
  /** Along the gradient, divided by its norm. */
  readonly directional: Comparison;
  readonly elements: readonly ElementComparison[];
}

/**
 * How far the derivative along the gradient may be off. Rounding to float32 moves R-Net's loss by some 1e-6 of itself,
 * which the first of the steps below makes an error of about 1 %; a kink of a ReLU close by adds a few percent. A
 * backward pass with a wrong factor or a missing term is off by tens of percent.
 */
export const directionalTolerance = 0.05;

/**
 * Steps, by the share of the loss that they are to change. Where one fails the next may do: a shorter one that straddles
 * no kink, or a longer one that rounding spoils less. A wrong gradient fails with all of them.
 */
const lossShares = [2e-4, 5e-5, 1e-3] as const;
/** What rounding may make of no change at all, as a share of the loss. */
const roundingShare = 2e-5;

export const isWithinTolerance = ({ directional }: TensorCheck): boolean => directional.error <= directionalTolerance;

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
  const parts = { model, data, step, seed, fuse: true };
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

function recordForward({ model, data, step, seed, fuse }: Omit<TrainStepParts, "optimizer">, batch: number): Program {
  const program = new Program(`forward pass, batch ${batch}`);
  const { images } = data.recordBatch(program, batch, step);
  const prediction = model.record(new Tape(program), images, { training: true, step, seed, fuse });
  data.recordPredictions(program, prediction, step);
  return program;
}

/** A parameter tensor, its values and gradient, and the loss with them. */
interface Probe {
  readonly device: Device;
  readonly tensor: Tensor;
  readonly values: Float32Array<ArrayBuffer>;
  readonly gradient: Float32Array;
  readonly loss: number;
  /** With what is on the device now. */
  readonly lossNow: () => Promise<number>;
}

async function compareAlongGradient(probe: Probe, random: RandomStream): Promise<Comparison> {
  const norm = normOf(probe.gradient);
  if (norm === 0) return compareAlong(probe, randomDirection(probe.values.length, random), stepWithoutGradient(probe));
  const direction = Float64Array.from(probe.gradient, (value) => value / norm);
  const attempts: Comparison[] = [];
  for (const share of lossShares) {
    const attempt = await compareAlong(probe, direction, (share * probe.loss) / norm);
    if (attempt.error <= directionalTolerance) return attempt;
    attempts.push(attempt);
  }
  return attempts.reduce((best, attempt) => (attempt.error < best.error ? attempt : best));
}

/** The central difference along a direction of norm 1, against the gradient along the way that float32 really went. */
async function compareAlong(probe: Probe, direction: Float64Array, length: number): Promise<Comparison> {
  const { device, tensor, values, gradient } = probe;
  const up = values.map((value, i) => value + length * direction[i]!);
  const down = values.map((value, i) => value - length * direction[i]!);
  const difference = await centralDifference(probe, (side) => device.write(tensor, side > 0 ? up : down), 2 * length);
  const gpu = gradient.reduce((sum, value, i) => sum + value * (up[i]! - down[i]!), 0) / (2 * length);
  const larger = Math.max(Math.abs(gpu), Math.abs(difference), roundingOf(probe, 2 * length));
  return { gpu, difference, error: Math.abs(gpu - difference) / larger };
}

/** Moves one element after another, all by the length that suits the largest gradient. */
async function compareElements(probe: Probe, elements: readonly number[]): Promise<ElementComparison[]> {
  const { device, tensor, values, gradient, loss } = probe;
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const length = largest === 0 ? stepWithoutGradient(probe) : (lossShares[0] * loss) / largest;
  const comparisons: ElementComparison[] = [];
  for (const element of elements) {
    const at: Tensor = { ...tensor, shape: [1], offset: tensor.offset + element * 4 };
    const own = values[element]!;
    const [up, down] = [Math.fround(own + length), Math.fround(own - length)];
    const move = (side: number) => device.write(at, Float32Array.of(side > 0 ? up : down));
    const difference = await centralDifference(probe, move, up - down);
    device.write(at, Float32Array.of(own));
    const gpu = gradient[element]!;
    const error = Math.abs(gpu - difference) / Math.max(largest, roundingOf(probe, up - down));
    comparisons.push({ index: indexOf(element, tensor.shape), gpu, difference, error });
  }
  return comparisons;
}

async function centralDifference({ lossNow }: Probe, move: (side: 1 | -1) => void, distance: number): Promise<number> {
  move(1);
  const above = await lossNow();
  move(-1);
  return (above - (await lossNow())) / distance;
}

const roundingOf = ({ loss }: Probe, distance: number): number => (roundingShare * loss) / distance;

function normOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** A hundredth of the values' norm: along a random direction this moves the loss, unless the gradient is truly 0. */
const stepWithoutGradient = ({ values }: Probe): number => 0.01 * (normOf(values) || 1);

function randomDirection(size: number, random: RandomStream): Float64Array {
  const direction = Float64Array.from({ length: size }, () => random.normal());
  const norm = normOf(direction);
  return direction.map((value) => value / norm);
}

/** Half of them those with the largest gradients, the others at random. */
function chooseElements(gradient: Float32Array, samples: number, random: RandomStream): number[] {
  const size = Math.min(samples, gradient.length);
  const largestFirst = [...gradient.keys()].sort((a, b) => Math.abs(gradient[b]!) - Math.abs(gradient[a]!));
  const chosen = new Set(largestFirst.slice(0, Math.ceil(size / 2)));
  while (chosen.size < size) chosen.add(random.integer(gradient.length));
  return [...chosen];
}

/** The index along each dimension of an element of a row-major tensor. */
function indexOf(element: number, shape: Shape): number[] {
  let rest = element;
  return shape
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}
