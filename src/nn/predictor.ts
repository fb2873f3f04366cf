import { UsageError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { stepTensor } from "../gpu/step.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";
import { Dropout } from "./layers/dropout.ts";
import { RunningSpread, type Spread } from "./evaluation/spread.ts";
import type { Pairs } from "./metrics.ts";
import type { Sequential } from "./sequential.ts";
import { predictAll } from "./predict-all.ts";
import { recordEvaluation } from "./train-step.ts";

/** How predictions are sampled by dropout. */
export interface SamplingOptions {
  /** Passes over the images, each with masks of its own; at least two. */
  readonly samples: number;
  readonly seed: number;
  /** After each pass. */
  readonly onPass?: (done: number) => void;
}

/** A model in evaluation mode over a data set, with the weights that the model has when it predicts. */
export class Predictor {
  readonly #device: Device;
  readonly #model: Sequential;
  readonly #program: ReadyProgram;
  readonly #data: DeviceDataset;
  readonly #step: Tensor;
  readonly #batch: number;

  private constructor(
    device: Device,
    model: Sequential,
    program: ReadyProgram,
    data: DeviceDataset,
    step: Tensor,
    batch: number,
  ) {
    this.#device = device;
    this.#model = model;
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
    return new Predictor(device, model, program, data, step, batch);
  }

  /** Predictions of the images with these numbers, [indices, K]. */
  predict(indices: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    return predictAll(this.#device, this.#program, this.#data, this.#step, indices, this.#batch);
  }

  /** Predictions and labels of these images. */
  async pairs(indices: Uint32Array): Promise<Pairs> {
    return { prediction: await this.predict(indices), target: this.labelsOf(indices) };
  }

  /** [indices, K]. */
  labelsOf(indices: Uint32Array): Float32Array {
    return this.#data.labelsOf(indices);
  }

  /**
   * Monte Carlo dropout (Gal and Ghahramani, "Dropout as a Bayesian Approximation", 2016): many predictions of each
   * image, dropout dropping as in training and batch normalisation in evaluation mode; their mean and standard
   * deviation, [indices, K]. Masks are drawn by seed, pass and place in `indices`.
   *
   * @throws UsageError if nothing would be dropped, or for fewer than two samples.
   */
  async sample(indices: Uint32Array, { samples, seed, onPass }: SamplingOptions): Promise<Spread> {
    requireDropout(this.#model, "sample");
    if (!(samples >= 2)) throw new UsageError(`sample: expected two samples or more, got ${samples}`);
    const [device, data, step, batch] = [this.#device, this.#data, this.#step, this.#batch];
    const parts = { model: this.#model, data, step, fuse: true, tuning: device.tuning };
    const program = await recordEvaluation(parts, batch, seed).finish(device);
    const batches = Math.ceil(indices.length / batch);
    const spread = new RunningSpread(indices.length * data.outputs.length);
    try {
      for (let pass = 0; pass < samples; pass++) {
        spread.add(await predictAll(device, program, data, step, indices, batch, pass * batches));
        onPass?.(pass + 1);
      }
    } finally {
      this.#release(program);
    }
    return spread.result();
  }

  /** Gives back what a Program holds beyond what the predictor's own uses too, such as its table of parameters. */
  #release(program: ReadyProgram): void {
    program.destroy();
    const shared = new Set(this.#program.pinnedSlots);
    for (const slot of program.pinnedSlots) if (!shared.has(slot)) this.#device.release(slot);
  }
}

/**
 * Refuses a network whose predictions cannot be sampled.
 *
 * @param where stands in the message.
 * @throws UsageError if the network drops nothing.
 */
export function requireDropout({ layers }: Sequential, where: string): void {
  if (layers.some(({ layer }) => layer instanceof Dropout && layer.rate > 0)) return;
  throw new UsageError(
    `${where}: expected a network with dropout, which is what makes its predictions vary, got one that drops nothing; ` +
      "train one, such as with --dropout 0.3",
  );
}
