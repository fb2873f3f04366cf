/** The gradients of a whole network against the float64 references of its ops, composed. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { type Slot, type Tensor, wholeSlot } from "../../src/gpu/tensor.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import type { Optimizer } from "../../src/nn/optimizers/optimizer.ts";
import { recordTrainStep } from "../../src/nn/train-step.ts";
import { sizeOf } from "../../src/shape.ts";
import { rnet, type RnetReference } from "../reference/rnet.ts";
import { expectClose, relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

const [batch, size, outputs] = [5, 37, 3]; // odd sizes: every pool drops a row and a column
const device = await openTestDevice();
const model = rNet({ inputShape: [1, size, size], outputs, dropout: 0 });
const pixels = Uint8Array.from(uniform([batch, size, size], 1, 0, 255.99));
const labels = Float32Array.from(uniform([batch, outputs], 2, 0, 1));
const source = { size: [size, size] as const, pixels, labels, outputs: ["a", "b", "c"] };
const data = DeviceDataset.upload(device, source, batch);
const step = stepTensor();
const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable).map(({ name }) => name);

/** Stands where the optimizer does; the parameters stay. */
class GradientKeeper implements Optimizer {
  readonly state = new Map<string, Tensor>();
  gradients: Tensor | undefined;
  update(_program: Program, _parameters: Slot, gradients: Slot): void {
    this.gradients = wholeSlot(gradients);
  }
}

interface Step {
  readonly predictions: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly moving: ReadonlyMap<string, Float32Array>;
}

async function runStep(fuse: boolean): Promise<Step> {
  model.initialize(device, 1);
  data.setOrder(
    device,
    Uint32Array.from({ length: batch }, (_, i) => i),
  );
  writeStep(device, step, { index: 0, batchStart: 0, learningRate: 0 });
  const optimizer = new GradientKeeper();
  const program = await recordTrainStep({ model, optimizer, data, step, seed: 0, fuse }, batch).finish(device);
  program.run();
  const all = await device.read(optimizer.gradients!);
  const values = await model.read(device);
  const gradientOf = (name: string) => {
    const { offset, shape } = model.parameters.get(name)!.tensor;
    return all.subarray(offset / 4, offset / 4 + sizeOf(shape));
  };
  program.destroy();
  return {
    predictions: await data.readPredictions(device, batch),
    gradients: new Map(trainable.map((name) => [name, gradientOf(name)])),
    moving: new Map(
      [...values].filter(([name]) => name.includes(".moving")).map(([name, value]) => [name, value.data]),
    ),
  };
}

let reference: RnetReference;
beforeAll(async () => {
  model.initialize(device, 1);
  const tensors = [...(await model.read(device))].map(
    ([name, value]) => [name, Float64Array.from(value.data)] as const,
  );
  const images = Float64Array.from(pixels, (value) => Math.fround(value / 255));
  reference = rnet(new Map(tensors), images, [batch, 1, size, size], Float64Array.from(labels), {
    filters: [16, 16, 32, 32, 64, 64],
    units: [128, 64, 32],
    outputs,
    batchNorm: { epsilon: 1e-3, momentum: 0.99 },
  });
});

describe.each([
  ["ReLU fused into batch normalisation", true],
  ["the plain list", false],
])("R-Net, %s", (_, fuse) => {
  let actual: Step;
  beforeAll(async () => {
    actual = await runStep(fuse);
  }, 120_000);

  test("predictions", () => {
    expectClose(actual.predictions, reference.prediction, { atol: 1e-4 });
  });

  test("the gradient of every parameter", () => {
    const distances = trainable.map((name): [string, number] => [
      name,
      relativeDistance(actual.gradients.get(name)!, reference.gradients.get(name)!),
    ]);
    // Measured: at most 1e-4.
    expect(distances.filter(([, distance]) => !(distance < 1e-3))).toEqual([]);
  });

  test("moving statistics", () => {
    expect([...actual.moving.keys()].sort()).toEqual([...reference.moving.keys()].sort());
    for (const [name, values] of actual.moving)
      expectClose(values, reference.moving.get(name)!, { rtol: 1e-5, atol: 1e-6 });
  });
});
