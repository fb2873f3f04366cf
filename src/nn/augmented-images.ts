/** Images as a training step sees them, by the launches of the step. */
import type { AugmentOptions } from "../data/augment/options.ts";
import type { Device } from "../gpu/device.ts";
import { Program } from "../gpu/program.ts";
import { stepTensor, writeStep } from "../gpu/step.ts";
import { DeviceDataset, type ImagesAndLabels } from "./device-dataset.ts";

export interface WhatIsSeen {
  readonly augment: AugmentOptions;
  readonly seed: number;
  /** Steps since the start of training. */
  readonly step: number;
  /** Numbers of images of the data set. */
  readonly indices: Uint32Array<ArrayBuffer>;
}

/** [indices, H, W] in float32, not clipped. A fill by the data set's mean takes that of all its images. */
export async function augmentedImages(
  device: Device,
  images: ImagesAndLabels,
  { augment, seed, step: index, indices }: WhatIsSeen,
): Promise<Float32Array<ArrayBuffer>> {
  const data = DeviceDataset.upload(device, images, indices.length);
  data.setOrder(device, indices);
  const all = Uint32Array.from({ length: data.count }, (_, image) => image);
  const step = stepTensor();
  const program = new Program("augmented images", device.tuning);
  const batch = data.recordBatch(program, indices.length, step, data.augmentationBy(augment, seed, all));
  program.keep(batch.images);
  const ready = await program.finish(device);
  writeStep(device, step, { index, batchStart: 0, learningRate: 0 });
  ready.run();
  const seen = await ready.read(batch.images);
  ready.destroy();
  for (const slot of ready.pinnedSlots) device.release(slot);
  return seen;
}
