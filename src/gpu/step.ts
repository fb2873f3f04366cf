/** The few numbers that change from one run of a Program to the next: shaders/step.wgsl, field for field. */
import type { Device } from "./device.ts";
import { pinned, type Tensor } from "./tensor.ts";

export interface StepState {
  /** Steps since the start of training. */
  readonly index: number;
  /** Where the batch begins in the epoch's order of images. */
  readonly batchStart: number;
  readonly learningRate: number;
}

/** The uniform buffer that holds them. */
export const stepTensor = (): Tensor => pinned("step", [4], "u32");

/** Sends them to the GPU, ahead of the next submit. */
export function writeStep(device: Device, step: Tensor, { index, batchStart, learningRate }: StepState): void {
  const words = new Uint32Array([index, batchStart, 0, 0]);
  new Float32Array(words.buffer)[2] = learningRate;
  device.write(step, words);
}
