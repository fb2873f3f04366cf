/** Trains `tiny` on images made on the spot. Pure, so Node trains the same. */
import { generateDataset } from "../src/data/generator/generate.ts";
import { dataPresets } from "../src/data/generator/presets.ts";
import { splitIndices } from "../src/data/split.ts";
import type { Device } from "../src/gpu/device.ts";
import { DeviceDataset } from "../src/nn/device-dataset.ts";
import type { HistoryRow } from "../src/nn/history.ts";
import { tiny } from "../src/nn/models/tiny.ts";
import { Rmsprop } from "../src/nn/optimizers/rmsprop.ts";
import preset from "../src/nn/presets/tiny.json" with { type: "json" };
import { Training } from "../src/nn/train.ts";
import type { Demo } from "./demo.ts";

/** Parts for training and validation; a demonstration needs no test. */
const fractions = [0.75, 0.25, 0] as const;

/** How far one part of the work is. */
export interface Progress {
  readonly part: "images" | "kernels" | "steps";
  readonly done: number;
  readonly total: number;
}

export interface DemoEvents {
  readonly onProgress?: (progress: Progress) => void;
  readonly onEpoch?: (row: HistoryRow) => void;
}

/** Makes the images and trains to the last epoch. */
export async function runDemo(device: Device, demo: Demo, events: DemoEvents): Promise<void> {
  const { images, size, batch, epochs, seed } = demo;
  const tell = (part: Progress["part"]) => (done: number, total: number) => events.onProgress?.({ part, done, total });
  const made = tell("images");
  const dataset = await generateDataset(device, {
    count: images,
    size,
    parameters: dataPresets.easy,
    seed,
    onProgress: (done) => made(done, images),
  });
  const model = tiny({ inputShape: [1, size, size], outputs: dataset.outputs.length });
  model.initialize(device, seed);
  const { learningRate } = preset.optimizer;
  const optimizer = new Rmsprop(model.trainableSlot);
  const data = DeviceDataset.upload(device, dataset, batch);
  const split = splitIndices(images, fractions, seed);
  const schedule = { batch, epochs, learningRate, seed, shuffle: true, fuse: true };
  const training = new Training({ device, model, optimizer, data, split, ...schedule });
  await training.prepare({ onCompile: tell("kernels") });
  const stepped = tell("steps");
  await training.run({
    onStep: () => stepped(training.progress.step, epochs * training.stepsPerEpoch),
    onEpoch: (row) => Promise.resolve(events.onEpoch?.(row)),
  });
}
