import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { stepTensor, writeStep } from "../gpu/step.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";
import { Pacer } from "./pacer.ts";
import type { Sequential } from "./sequential.ts";
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
  static async open(device: Device, model: Sequential, images: ImagesAndLabels, batch: number): Promise<Predictor> {
    const own = Math.min(batch, images.labels.length / images.outputs.length);
    const data = DeviceDataset.upload(device, images, own);
    const step = stepTensor();
    const program = await recordEvaluation({ model, data, step, fuse: true, tuning: device.tuning }, own).finish(
      device,
    );
    return new Predictor(device, program, data, step, own);
  }

  /** Predictions of the images with these numbers, [indices, K]. */
  predict(indices: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    return predictAll(this.#device, this.#program, this.#data, this.#step, indices, this.#batch);
  }

  labelsOf(indices: Uint32Array): Float32Array {
    return this.#data.labelsOf(indices);
  }
}

/** Runs an evaluation Program over images in batches and reads all predictions. */
export async function predictAll(
  device: Device,
  evaluation: ReadyProgram,
  data: DeviceDataset,
  step: Tensor,
  indices: Uint32Array,
  batch: number,
): Promise<Float32Array<ArrayBuffer>> {
  const runs = Math.ceil(indices.length / batch);
  data.setOrder(device, indices, runs * batch);
  const pacer = new Pacer(device);
  for (let run = 0; run < runs; run++) {
    writeStep(device, step, { index: 0, batchStart: run * batch, learningRate: 0 });
    evaluation.run();
    await pacer.submitted();
  }
  return data.readPredictions(device, indices.length);
}
