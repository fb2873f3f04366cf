import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { stepTensor } from "../gpu/step.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";
import type { Sequential } from "./sequential.ts";
import { predictAll } from "./train.ts";
import { recordEvaluation } from "./train-step.ts";

/** A model in evaluation mode over a data set, with the weights that the model has when it predicts. */
export class Predictor {
  readonly #device: Device;
  readonly #program: ReadyProgram;
  readonly #data: DeviceDataset;
  readonly #step: Tensor;
  readonly #batch: number;

  private constructor(device: Device, program: ReadyProgram, data: DeviceDataset, step: Tensor, batch: number) {
    this.#device = device;
    this.#program = program;
    this.#data = data;
    this.#step = step;
    this.#batch = batch;
  }

  /** Uploads the images and compiles. @param batch images at a time; more than there are is cut. */
  static open(device: Device, model: Sequential, images: ImagesAndLabels, batch: number): Promise<Predictor> {
    const own = Math.min(batch, images.labels.length / images.outputs.length);
    return Predictor.over(device, model, DeviceDataset.upload(device, images, own), own);
  }

  /** Compiles, for images that are on the device. @param batch at most the one that they were uploaded for. */
  static async over(device: Device, model: Sequential, data: DeviceDataset, batch: number): Promise<Predictor> {
    const step = stepTensor();
    const program = await recordEvaluation({ model, data, step, fuse: true, tuning: device.tuning }, batch).finish(
      device,
    );
    return new Predictor(device, program, data, step, batch);
  }

  /** Predictions of the images with these numbers, [indices, K]. */
  predict(indices: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    return predictAll(this.#device, this.#program, this.#data, this.#step, indices, this.#batch);
  }

  labelsOf(indices: Uint32Array): Float32Array {
    return this.#data.labelsOf(indices);
  }
}
