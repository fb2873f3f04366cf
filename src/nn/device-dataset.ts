/** A data set on the GPU: batches are gathered there by an order of images that is written once an epoch. */
import source from "../../shaders/batch.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import { pinned, type Tensor } from "../gpu/tensor.ts";
import { type Pair, sizeOf } from "../shape.ts";

const kernel = defineKernel("batch", source, [stepSource]);

/** What it takes of a data set: 8-bit gray images and labels, in one order. */
export interface ImagesAndLabels {
  /** H, W. */
  readonly size: Pair;
  /** [N, H, W]. */
  readonly pixels: Uint8Array;
  /** [N, K]. */
  readonly labels: Float32Array;
  readonly outputs: readonly string[];
}

export class DeviceDataset {
  readonly count: number;
  readonly size: Pair;
  readonly outputs: readonly string[];
  /** [N, K], on the host. */
  readonly labels: Float32Array;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #order: Tensor;
  readonly #predictions: Tensor;
  readonly #device: Device;

  /** @param batch the largest batch that programs will gather. */
  constructor(device: Device, data: ImagesAndLabels, batch: number) {
    const { size, pixels, labels, outputs } = data;
    this.count = labels.length / outputs.length;
    this.size = size;
    this.outputs = outputs;
    this.labels = labels;
    this.#device = device;
    if (pixels.length !== this.count * sizeOf(size)) {
      throw new ShapeError(
        `data set: expected ${this.count} images of ${size.join(" x ")}, got ${pixels.length} pixels`,
      );
    }
    this.#images = pinned("images", [pixels.length], "u8");
    this.#labels = pinned("labels", [this.count, outputs.length]);
    // The last batch of an evaluation is filled up.
    this.#order = pinned("order", [this.count + batch], "u32");
    this.#predictions = pinned("predictions", [this.count + batch, outputs.length]);
    const words = new Uint8Array(Math.ceil(pixels.length / 4) * 4);
    words.set(pixels);
    device.write(this.#images, words);
    device.write(this.#labels, new Float32Array(labels));
  }

  /** Writes the images of the coming steps, by number; `filled` repeats the first so that the last batch is full. */
  setOrder(indices: Uint32Array, filled = indices.length): void {
    const order = new Uint32Array(filled).fill(indices[0] ?? 0);
    order.set(indices);
    this.#device.write(this.#order, order);
  }

  /** Records the gathering of a batch: images [batch, 1, H, W] in [0, 1] and targets [batch, K]. */
  recordBatch(program: Program, batch: number, step: Tensor): { images: Tensor; targets: Tensor } {
    return program.within("", "data", () => {
      const pixels = sizeOf(this.size);
      const images = program.tensor("images", [batch, 1, ...this.size]);
      const targets = program.tensor("targets", [batch, this.outputs.length]);
      program.launch(kernel, "gather", {
        constants: { batch, pixels, outputs: this.outputs.length },
        bindings: { step, images: this.#images, labels: this.#labels, order: this.#order, x: images, targets },
        workgroups: gridOver(batch * (pixels + this.outputs.length)),
        flops: batch * pixels,
        bytesRead: batch * (pixels + this.outputs.length * 4),
      });
      return { images, targets };
    });
  }

  /** Records that a batch's predictions are kept, at the batch's place in the order. */
  recordPredictions(program: Program, prediction: Tensor, step: Tensor): void {
    const [batch = 0, outputs = 0] = prediction.shape;
    program.within("", "data", () =>
      program.launch(kernel, "collect", {
        constants: { batch, outputs },
        bindings: { step, prediction, predictions: this.#predictions },
        workgroups: [Math.ceil((batch * outputs) / 64), 1, 1],
        flops: 0,
        bytesWritten: batch * outputs * 4,
      }),
    );
  }

  /** The predictions kept for the first `count` images of the order, [count, K]. */
  async readPredictions(count: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#device.read({ ...this.#predictions, shape: [count, this.outputs.length] });
  }

  /** Puts predictions back, as a resumed epoch needs. */
  writePredictions(predictions: Float32Array<ArrayBuffer>): void {
    this.#device.write(this.#predictions, predictions);
  }

  /** The labels of these images, [indices, K]. */
  labelsOf(indices: Uint32Array): Float32Array {
    const width = this.outputs.length;
    const rows = new Float32Array(indices.length * width);
    indices.forEach((image, row) => rows.set(this.labels.subarray(image * width, (image + 1) * width), row * width));
    return rows;
  }
}
