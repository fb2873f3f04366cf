/** A training step on random images, to be measured: what `train` records, submitted as `train` submits it. */
import type { Device } from "../src/gpu/device.ts";
import type { Program } from "../src/gpu/program.ts";
import type { ReadyProgram } from "../src/gpu/ready-program.ts";
import { stepTensor, writeStep } from "../src/gpu/step.ts";
import type { Slot } from "../src/gpu/tensor.ts";
import type { Tuning } from "../src/gpu/tuning.ts";
import { DeviceDataset, type ImagesAndLabels } from "../src/nn/device-dataset.ts";
import type { Optimizer } from "../src/nn/optimizers/optimizer.ts";
import { modelOf, optimizerOf, presetOf } from "../src/nn/preset.ts";
import type { Sequential } from "../src/nn/sequential.ts";
import { recordTrainStep, type TrainStepParts } from "../src/nn/train-step.ts";
import { RandomStream } from "../src/rng.ts";

export interface StepSpec {
  readonly preset: string;
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  /** Numbers to predict of an image. */
  readonly outputs: number;
  /** Different images; the batch repeats them where it is larger. */
  readonly images: number;
}

/** A step that is ready to run, with all that it works on. */
export interface BenchStep {
  readonly parts: TrainStepParts & { readonly model: Sequential; readonly optimizer: Optimizer };
  readonly program: ReadyProgram;
  /** From the recording to the end of the first step, with nothing compiled before, in milliseconds. */
  readonly firstStepMs: number;
  /** Submits a step; waits for nothing. */
  readonly submit: () => void;
  /** Gives all memory back. */
  readonly destroy: () => void;
}

/** Enough that no two images of a small batch are alike, few enough to be drawn at once. */
export const defaultImages = (batch: number): number => Math.min(batch, 16);

/** How a row of such a step is called. */
export const stepName = ({ preset, batch, size }: Pick<StepSpec, "preset" | "batch" | "size">): string =>
  `${preset}, batch ${batch}, ${size} x ${size}`;

export interface StepCreation {
  readonly learningRate?: number;
  readonly onCompile?: (compiled: number, total: number) => void;
  /** Decides which variants of the kernels are recorded; the device's unless given. */
  readonly tuning?: Tuning;
  /** Called before the list is read. */
  readonly onRecorded?: (program: Program) => void;
}

/** @param learningRate the preset's unless given. @throws ShapeError if the size is too small for the preset. */
export async function createStep(
  device: Device,
  spec: StepSpec,
  { learningRate, onCompile, tuning = device.tuning, onRecorded }: StepCreation = {},
): Promise<BenchStep> {
  const preset = presetOf(spec.preset);
  const model = modelOf({ ...preset, size: spec.size }, spec.outputs);
  const optimizer = optimizerOf(preset, model);
  model.initialize(device, seed);
  const data = uploadImages(device, spec);
  const step = stepTensor();
  const parts = { model, optimizer, data, step, seed, fuse: true, tuning };
  await device.settled();
  const began = performance.now();
  const recorded = recordTrainStep(parts, spec.batch);
  onRecorded?.(recorded);
  const program = await recorded.finish(device, onCompile);
  let index = 0;
  const submit = () => {
    const rate = learningRate ?? preset.optimizer.learningRate;
    writeStep(device, step, { index: index++, batchStart: 0, learningRate: rate });
    program.run();
  };
  submit();
  await device.settled();
  const firstStepMs = performance.now() - began;
  const destroy = () => {
    program.destroy();
    for (const slot of program.pinnedSlots) device.release(slot);
  };
  return { parts, program, firstStepMs, submit, destroy };
}

const seed = 0;

function uploadImages(device: Device, spec: StepSpec): DeviceDataset {
  const data = DeviceDataset.upload(device, randomImages(spec), spec.batch);
  data.setOrder(
    device,
    Uint32Array.from({ length: spec.batch }, (_, i) => i % spec.images),
  );
  return data;
}

/** Noise of another brightness and contrast in each image: batch normalisation divides by what sets images apart. */
function randomImages({ images, size, outputs }: StepSpec): ImagesAndLabels {
  const pixels = new Uint8Array(images * size * size);
  for (let image = 0; image < images; image++) {
    const random = new RandomStream(seed, "bench images", image);
    const contrast = random.uniform(0.2, 0.6);
    const darkest = random.uniform(0, (1 - contrast) * 255);
    const own = pixels.subarray(image * size * size, (image + 1) * size * size);
    for (let i = 0; i < own.length; i += 4) {
      const word = random.word();
      for (let byte = 0; byte < 4; byte++) own[i + byte] = darkest + contrast * ((word >>> (8 * byte)) & 255);
    }
  }
  const random = new RandomStream(seed, "bench labels");
  const labels = Float32Array.from({ length: images * outputs }, () => random.uniform());
  return { size: [size, size], pixels, labels, outputs: Array.from({ length: outputs }, (_, i) => `output${i + 1}`) };
}

/** The slots of a training step by what they are for. */
export function slotKind({ parts: { model, optimizer } }: BenchStep, slot: Slot): string {
  if ([...model.parameters.values()].some(({ tensor }) => tensor.slot === slot)) return "parameters";
  if ([...optimizer.state.values()].some((tensor) => tensor.slot === slot)) return "optimizer state";
  if (slot.name === "gradients") return "gradients";
  return ["images", "labels", "order", "predictions"].includes(slot.name) ? "data set" : "tables and constants";
}
