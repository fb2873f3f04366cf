/** The gradients of a whole network against the float64 references of its ops, composed. */
import { beforeAll, describe, expect, test } from "vitest";
import { rNet } from "../../src/nn/models/rnet.ts";
import { rnet, type RnetReference } from "../reference/rnet.ts";
import { expectClose, relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { runStep, type Step } from "../support/training-step.ts";
import { uniform } from "../support/values.ts";

const [batch, size, outputs] = [5, 37, 3]; // odd sizes: every pool drops a row and a column
const device = await openTestDevice();
const model = rNet({ inputShape: [1, size, size], outputs, dropout: 0 });
const pixels = Uint8Array.from(uniform([batch, size, size], 1, 0, 255.99));
const labels = Float32Array.from(uniform([batch, outputs], 2, 0, 1));
const source = { size: [size, size] as const, pixels, labels, outputs: ["a", "b", "c"] };
const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable).map(({ name }) => name);

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
    actual = await runStep(device, model, source, fuse);
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
