/** A forward pass over given images in evaluation mode, recorded so that the outputs of layers can be read. */
import { ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { Program } from "../gpu/program.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { stepTensor } from "../gpu/step.ts";
import { pinned, type Tensor } from "../gpu/tensor.ts";
import { unscaled } from "../kernels/batchNorm/statistics.ts";
import { sameShape, showShape, sizeOf } from "../shape.ts";
import { Tape } from "./autograd.ts";
import { type ImagesAndLabels, whitest } from "./device-dataset.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Sequential } from "./sequential.ts";

/** The recorded pass, still open: more may be recorded before its Program is finished. */
export interface Observation {
  readonly program: Program;
  readonly tape: Tape;
  /** [N, K]. */
  readonly prediction: Tensor;
  /** The kept outputs of the layers asked for, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/**
 * Images of a data set as the network sees them, unvaried.
 *
 * @returns [indices, 1, H, W] in [0, 1].
 * @throws ShapeError naming an image that is not in the data set.
 */
export function imagesAt({ size, pixels }: ImagesAndLabels, indices: ArrayLike<number>): HostTensor {
  const length = sizeOf(size);
  const count = pixels.length / length;
  const data = new Float32Array(indices.length * length);
  Array.from(indices).forEach((index, n) => {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new ShapeError(`images: expected numbers from 0 to ${count - 1}, got ${index}`);
    }
    data.set(
      Float32Array.from(pixels.subarray(index * length, (index + 1) * length), (value) => value / whitest),
      n * length,
    );
  });
  return { shape: [indices.length, 1, ...size], data };
}

/**
 * Records the plain list, in which every layer's output is what its name says, activation included.
 *
 * @param images [N, ...inputShape], written to the device.
 * @param layers whose outputs are kept.
 * @throws ShapeError if the images do not fit the model, or it has no layer of such a name.
 */
export function recordObservation(
  device: Device,
  model: Sequential,
  images: HostTensor,
  layers: readonly string[],
): Observation {
  const { shape, data } = images;
  if (!sameShape(shape.slice(1), model.inputShape) || data.length === 0 || data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `model: expected images [N, ${model.inputShape.join(", ")}], N at least 1, got ${showShape(shape)} of ${data.length} values`,
    );
  }
  const names = model.layers.map(({ name }) => name);
  const unknown = layers.find((layer) => !names.includes(layer));
  if (unknown !== undefined) {
    throw new ShapeError(`model: expected a layer among ${names.join(", ")}, got "${unknown}"`);
  }
  const program = new Program(`observation, batch ${shape[0]}`, device.tuning);
  const tape = new Tape(program);
  const x = pinned("images", shape, "f32", new Float32Array(data));
  const outputs = new Map<string, Tensor>();
  const observe = (layer: string, output: Tensor) => {
    if (layers.includes(layer)) outputs.set(layer, program.keep(output));
  };
  const recording = { training: false, step: stepTensor(), seed: 0, fuse: false, observe };
  const prediction = program.keep(model.record(tape, x, recording));
  return { program, tape, prediction, outputs };
}

/** Gives back all that the pass held alone: neither the model's parameters nor what every convolution shares. */
export function releaseObservation(ready: ReadyProgram, model: Sequential): void {
  ready.destroy();
  const shared = new Set([unscaled.slot, ...[...model.parameters.values()].map(({ tensor }) => tensor.slot)]);
  for (const slot of ready.pinnedSlots) if (!shared.has(slot)) ready.device.release(slot);
}
