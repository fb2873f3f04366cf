/** An evaluation whose batch normalisations are left to the layers that read them: its launches, and the plain list's numbers. */
import { describe, expect, test } from "vitest";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { type Tuning, untuned } from "../../src/gpu/tuning.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import { BatchNormalization } from "../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { MaxPooling2D } from "../../src/nn/layers/max-pooling2d.ts";
import { mnistNet } from "../../src/nn/models/mnist-net.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import { Rmsprop } from "../../src/nn/optimizers/rmsprop.ts";
import { predictAll } from "../../src/nn/predict-all.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { recordEvaluation, recordTrainStep } from "../../src/nn/train-step.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

/** Of an adapter's evaluation: its launches, and the most bytes that they move, relative to the plain list's. */
interface Budget extends Tuning {
  readonly launches: number;
  readonly share: number;
}

test.each<Budget>([
  { ...untuned, family: "nvidia", launches: 21, share: 0.57 },
  { ...untuned, family: "lavapipe", subgroupSize: 8, bindDimensions: true, launches: 21, share: 0.57 },
  {
    ...{ ...untuned, family: "swiftshader", subgroupSize: 4, bindDimensions: true, broadcasts: true },
    ...{ launches: 21, share: 0.57 },
  },
  // Its convolutions do not normalise what they read: a launch ahead of three of them does. Two are cut into slices.
  { ...untuned, launches: 27, share: 0.8 },
])("R-Net's evaluation has $launches launches on $family, and moves $share of the bytes", (budget) => {
  const { launches, share, ...tuning } = budget;
  for (const padding of ["same", "valid"] as const) {
    const model = rNet({ inputShape: [1, 128, 128], outputs: 3, padding });
    const data = new DeviceDataset({ count: 64, size: [128, 128], outputs: ["a", "b", "c"] }, 32);
    const listOf = (fuse: boolean, seed?: number) =>
      recordEvaluation({ model, data, step: stepTensor(), fuse, tuning }, 32, seed).launches;
    expect(listOf(true)).toHaveLength(launches);
    expect(listOf(true, 1)).toHaveLength(launches + 3);
    const bytesOf = (list: ReturnType<typeof listOf>) =>
      list.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0);
    expect(bytesOf(listOf(true)) / bytesOf(listOf(false))).toBeLessThan(share);
  }
});

const [count, batch, size, outputs] = [7, 4, 46, 3]; // a last batch of 3
const data = DeviceDataset.upload(
  device,
  {
    size: [size, size],
    pixels: Uint8Array.from(uniform([count, size, size], 1, 0, 255.99)),
    labels: Float32Array.from(uniform([count, outputs], 2, 0, 1)),
    outputs: ["a", "b", "c"],
  },
  batch,
);
const all = Uint32Array.from({ length: count }, (_, i) => i);

async function predictionsOf(model: Sequential, fuse: boolean, dropoutSeed?: number): Promise<Float32Array> {
  const step = stepTensor();
  const program = recordEvaluation({ model, data, step, fuse, tuning: device.tuning }, batch, dropoutSeed);
  const ready = await program.finish(device);
  const predictions = await predictAll(device, ready, data, step, all, batch);
  ready.destroy();
  return predictions;
}

/** Other normalisations than those of a new model, half of them with a negative scale. */
function drawNormalisations(model: Sequential): void {
  const ranges = { gamma: [-1.5, 1.5], beta: [-0.5, 0.5], movingMean: [0, 0.5], movingVariance: [0.1, 1] } as const;
  let seed = 10;
  for (const { name, tensor } of model.parameters.values()) {
    const range = ranges[name.split(".").at(-1) as keyof typeof ranges] as readonly [number, number] | undefined;
    if (range) device.write(tensor, new Float32Array(uniform(tensor.shape, seed++, ...range)));
  }
}

const inputShape = [1, size, size];

/** What a normalisation meets besides: an input that is normalised first, a stride, windows that overlap, a pool of a pool. */
const odd = () =>
  new Sequential({
    inputShape,
    layers: [
      ...[new BatchNormalization(), new Conv2D({ filters: 5, kernelSize: 3, strides: 2, activation: "relu" })],
      ...[new BatchNormalization({ epsilon: 0.1 }), new MaxPooling2D({ poolSize: 3, strides: 2 })],
      ...[new BatchNormalization(), new MaxPooling2D({ poolSize: [1, 2] }), new MaxPooling2D()],
      ...[new Flatten(), new Dense({ units: outputs })],
    ],
  });

describe("the same predictions fused and plain", () => {
  test.each<[string, () => Sequential]>([
    ["R-Net, valid", () => rNet({ inputShape, outputs })],
    ["R-Net, same", () => rNet({ inputShape, outputs, padding: "same" })],
    ["R-Net with shortcuts and a softmax head", () => rNet({ inputShape, outputs, skip: true, head: "softmax" })],
    ["R-Net with leaky ReLU", () => rNet({ inputShape, outputs, activation: "leaky-relu" })],
    ["the MNIST network, which has no normalisation", () => mnistNet({ inputShape, outputs })],
    ["odd neighbours", odd],
  ])("%s", async (_, make) => {
    const model = make();
    model.initialize(device, 1);
    drawNormalisations(model);
    const [fused, plain] = [await predictionsOf(model, true), await predictionsOf(model, false)];
    expect(plain.length).toBe(count * outputs);
    expectClose(fused, plain, { rtol: 1e-5, atol: 1e-6 * Math.max(...plain.map(Math.abs)) });
  });

  test("after some training, with and without dropout", async () => {
    const model = tiny({ inputShape, outputs, dropout: 0.3 });
    model.initialize(device, 1);
    const [step, optimizer] = [stepTensor(), new Rmsprop(model.trainableSlot)];
    const parts = { model, optimizer, data, step, seed: 1, fuse: true, tuning: device.tuning };
    const training = await recordTrainStep(parts, batch).finish(device);
    data.setOrder(device, all);
    for (let index = 0; index < 20; index++) {
      writeStep(device, step, { index, batchStart: index % 4, learningRate: 1e-3 });
      training.run();
    }
    training.destroy();
    for (const seed of [undefined, 3]) {
      const [fused, plain] = [await predictionsOf(model, true, seed), await predictionsOf(model, false, seed)];
      expectClose(fused, plain, { rtol: 1e-5, atol: 1e-6 });
    }
    expect(await predictionsOf(model, true, 3)).not.toEqual(await predictionsOf(model, true));
  });
});
