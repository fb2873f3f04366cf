/** A data set on the GPU: batches are gathered there by an order of images that is written once an epoch. */
import source from "../../shaders/batch.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { augmentKey } from "../data/augment/draw.ts";
import { type AugmentOptions, changesNothing } from "../data/augment/options.ts";
import { augmentOf } from "../data/augment/check.ts";
import { type Augmentation, recordAugmented } from "../data/augment/record.ts";
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

/** How large a data set is: enough to record Programs that read it. */
export interface DatasetShape {
  readonly count: number;
  readonly size: Pair;
  readonly outputs: readonly string[];
}

/** The slots of a data set, to record Programs with, and the host's side of them. */
export class DeviceDataset {
  readonly count: number;
  readonly size: Pair;
  readonly outputs: readonly string[];
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #order: Tensor;
  readonly #predictions: Tensor;
  /** [N], of the images in [0, 1]. */
  readonly #means: Tensor;
  /** [N, K], on the host. */
  #hostLabels = new Float32Array();
  /** [N], sums of the images' pixels: integers, so that no order of additions matters. */
  #sums: Float64Array = new Float64Array();

  /** @param batch the largest batch that Programs will gather. */
  constructor({ count, size, outputs }: DatasetShape, batch: number) {
    this.count = count;
    this.size = size;
    this.outputs = outputs;
    this.#images = pinned("images", [count * sizeOf(size)], "u8");
    this.#labels = pinned("labels", [count, outputs.length]);
    this.#means = pinned("means", [count]);
    // The last batch of an evaluation is filled up.
    this.#order = pinned("order", [count + batch], "u32");
    this.#predictions = pinned("predictions", [count + batch, outputs.length]);
  }

  /** A data set whose images and labels are on the device. @throws ShapeError if they do not fit together. */
  static upload(device: Device, data: ImagesAndLabels, batch: number): DeviceDataset {
    const { size, pixels, labels, outputs } = data;
    const count = labels.length / outputs.length;
    if (pixels.length !== count * sizeOf(size)) {
      throw new ShapeError(`data set: expected ${count} images of ${size.join(" x ")}, got ${pixels.length} pixels`);
    }
    const dataset = new DeviceDataset({ count, size, outputs }, batch);
    const words = new Uint8Array(Math.ceil(pixels.length / 4) * 4);
    words.set(pixels);
    device.write(dataset.#images, words);
    dataset.#hostLabels = new Float32Array(labels);
    device.write(dataset.#labels, dataset.#hostLabels);
    dataset.#sums = sumsOf(pixels, sizeOf(size));
    device.write(
      dataset.#means,
      Float32Array.from(dataset.#sums, (sum) => sum / (whitest * sizeOf(size))),
    );
    return dataset;
  }

  /** The mean of all pixels of these images, in [0, 1]. */
  meanOf(indices: Uint32Array): number {
    const sum = indices.reduce((total, image) => total + (this.#sums[image] ?? 0), 0);
    return sum / (whitest * sizeOf(this.size) * Math.max(indices.length, 1));
  }

  /** Writes the images of the coming steps, by number; `filled` repeats the first so that the last batch is full. */
  setOrder(device: Device, indices: Uint32Array, filled = indices.length): void {
    const order = new Uint32Array(filled).fill(indices[0] ?? 0);
    order.set(indices);
    device.write(this.#order, order);
  }

  /** An augmentation under a seed, for training on these images. @throws UsageError naming a parameter out of range. */
  augmentationBy(options: AugmentOptions, seed: number, indices: Uint32Array): Augmentation {
    return { options: augmentOf(options), key: augmentKey(seed), datasetMean: this.meanOf(indices) };
  }

  /**
   * Records the gathering of a batch: images [batch, 1, H, W] in [0, 1] and targets [batch, K].
   *
   * @param augmentation varies the images, each by draws of its own.
   */
  recordBatch(
    program: Program,
    batch: number,
    step: Tensor,
    augmentation?: Augmentation,
  ): { images: Tensor; targets: Tensor } {
    if (augmentation && !changesNothing(augmentation.options)) {
      const inputs = { images: this.#images, means: this.#means, labels: this.#labels, order: this.#order, step };
      const shape = { batch, size: this.size, outputs: this.outputs.length };
      return program.within("", "data", () => recordAugmented(program, inputs, shape, augmentation));
    }
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

  /** Where a launch may keep a batch's predictions instead. */
  get keptPredictions(): Tensor {
    return this.#predictions;
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
  async readPredictions(device: Device, count: number): Promise<Float32Array<ArrayBuffer>> {
    return device.read({ ...this.#predictions, shape: [count, this.outputs.length] });
  }

  /** Puts predictions back, as a resumed epoch needs. */
  writePredictions(device: Device, predictions: Float32Array<ArrayBuffer>): void {
    device.write(this.#predictions, predictions);
  }

  /** The labels of these images, [indices, K]. */
  labelsOf(indices: Uint32Array): Float32Array {
    const width = this.outputs.length;
    const rows = new Float32Array(indices.length * width);
    indices.forEach((image, row) =>
      rows.set(this.#hostLabels.subarray(image * width, (image + 1) * width), row * width),
    );
    return rows;
  }
}

/** What a pixel of 1 is in a byte. */
export const whitest = 255;

const sumsOf = (pixels: Uint8Array, pixelsOfImage: number): Float64Array =>
  Float64Array.from({ length: pixels.length / pixelsOfImage }, (_, image) =>
    pixels.subarray(image * pixelsOfImage, (image + 1) * pixelsOfImage).reduce((sum, value) => sum + value, 0),
  );
