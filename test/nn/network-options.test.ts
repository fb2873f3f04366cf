/** Leaky ReLU, heads and shortcuts in a network: gradients by finite differences, and the same with and without fusion. */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { checkGradients, requireTolerance } from "../../src/nn/gradient-check.ts";
import type { Layer } from "../../src/nn/layer.ts";
import { BatchNormalization } from "../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { LeakyReLU } from "../../src/nn/layers/leaky-relu.ts";
import { MaxPooling2D } from "../../src/nn/layers/max-pooling2d.ts";
import { Shortcut } from "../../src/nn/layers/shortcut.ts";
import { mnistNet } from "../../src/nn/models/mnist-net.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { sizeOf } from "../../src/shape.ts";
import { expectClose, relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { runStep } from "../support/training-step.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();
const [batch, size, outputs] = [12, 14, 3];
const source = {
  size: [size, size] as const,
  pixels: Uint8Array.from(uniform([batch, size, size], 1, 0, 255.99)),
  labels: Float32Array.from(uniform([batch, outputs], 2, 0, 1)),
  outputs: ["a", "b", "c"],
};
const conv = (filters: number, padding: "valid" | "same" = "valid") =>
  new Conv2D({ filters, kernelSize: 3, padding, activation: "relu" });
const norm = () => new BatchNormalization();

/** Leaky after a convolution and after a dense layer, each ahead of a normalisation. */
function leaky(): Sequential {
  const [linear, activation] = [new Conv2D({ filters: 4, kernelSize: 3 }), () => new LeakyReLU()];
  const layers = [linear, activation(), norm(), new MaxPooling2D(), new Flatten()];
  const dense = [new Dense({ units: 8 }), activation(), norm(), new Dense({ units: outputs, name: "output" })];
  return new Sequential({ inputShape: [1, size, size], layers: [...layers, ...dense] });
}

/** A head over a hidden layer. */
const headed = (activation: "relu" | "softmax"): Sequential =>
  new Sequential({
    inputShape: [1, size, size],
    layers: [
      ...[new MaxPooling2D({ poolSize: 3 }), new Flatten(), new Dense({ units: 8, activation: "relu" })],
      new Dense({ units: outputs, activation, name: "output" }),
    ],
  });

/** Two blocks: the first crops and has no channels to change, the second changes them and keeps the size. */
function blocks(): Sequential {
  const [first, second] = [conv(4), conv(6, "same")];
  return new Sequential({
    inputShape: [1, size, size],
    layers: [
      ...[conv(4), norm(), first, norm(), conv(4), norm(), new Shortcut({ from: first }), new MaxPooling2D()],
      ...[second, norm(), conv(6, "same"), norm(), new Shortcut({ from: second }), new MaxPooling2D()],
      ...[new Flatten(), new Dense({ units: outputs, name: "output" })],
    ],
  });
}

/** The shortcut begins at a normalisation, which alone may not take the ReLU of the layer before it. */
function fromNormalisation(): Sequential {
  const first = norm();
  return new Sequential({
    inputShape: [1, size, size],
    layers: [
      ...[conv(4), first, conv(4), norm(), new Shortcut({ from: first }), new MaxPooling2D(), conv(3)],
      ...[new Flatten(), new Dense({ units: outputs, name: "output" })],
    ],
  });
}

/** And here at a pool, which alone may not scale what the normalisation leaves. */
function fromPool(): Sequential {
  const first = new MaxPooling2D();
  return new Sequential({
    inputShape: [1, size, size],
    layers: [
      ...[conv(4), norm(), first, conv(4), new Shortcut({ from: first }), new MaxPooling2D()],
      ...[new Flatten(), new Dense({ units: outputs, name: "output" })],
    ],
  });
}

test.each<[string, Sequential]>([
  ["leaky ReLU", leaky()],
  ["a ReLU head", headed("relu")],
  ["a softmax head", headed("softmax")],
  ["shortcuts", blocks()],
  ["a shortcut from a normalisation", fromNormalisation()],
  ["a shortcut from a pool", fromPool()],
])(
  "gradients are finite differences of the loss: %s",
  async (_, model) => {
    model.initialize(device, 1);
    const checks = await checkGradients({ device, model, data: source, samples: 2, seed: 1 });
    requireTolerance(checks);
    expect(checks.filter(({ directional }) => directional.gpu === 0).map(({ name }) => name)).toEqual([]);
  },
  60_000,
);

test.each<[string, Sequential]>([
  ["leaky ReLU", leaky()],
  ["a shortcut from a normalisation", fromNormalisation()],
  ["a shortcut from a pool", fromPool()],
])(
  "the same numbers fused and plain: %s",
  async (_, model) => {
    const [fused, plain] = [await runStep(device, model, source, true), await runStep(device, model, source, false)];
    expectClose(fused.predictions, plain.predictions, { atol: 2e-5 });
    for (const [name, gradient] of fused.gradients)
      expect(relativeDistance(gradient, plain.gradients.get(name)!), name).toBeLessThan(1e-3);
    for (const [name, values] of fused.moving) expectClose(values, plain.moving.get(name)!, { rtol: 1e-5, atol: 1e-6 });
  },
  60_000,
);

test("leaky ReLU lets a part of negative sums through", () => {
  const { layers } = rNet({ inputShape: [1, 48, 48], outputs, activation: "leaky-relu" });
  const leaky = layers.filter(({ layer }) => layer instanceof LeakyReLU);
  expect(leaky).toHaveLength(9);
  expect(leaky.map(({ layer }) => (layer as LeakyReLU).slope)).toEqual(new Array(9).fill(0.3));
  expect(() => new LeakyReLU({ slope: -1 })).toThrow(new ShapeError("LeakyReLU: expected a slope >= 0, got -1"));
});

test("a softmax head predicts parts of 1", async () => {
  const { predictions } = await runStep(device, headed("softmax"), source, true);
  const sums = Array.from({ length: batch }, (_, n) =>
    predictions.subarray(n * outputs, (n + 1) * outputs).reduce((sum, value) => sum + value, 0),
  );
  expectClose(sums, new Array<number>(batch).fill(1), { atol: 1e-6 });
  expect(Math.min(...predictions)).toBeGreaterThan(0);
});

describe("shortcuts that cannot be", () => {
  const place = (layers: readonly Layer[]) => () => new Sequential({ inputShape: [1, 8, 8], layers });
  const [first, flat, wide] = [conv(2), new Flatten(), new Conv2D({ filters: 2, kernelSize: 3, padding: "same" })];

  test.each<[string, () => Sequential, string]>([
    [
      "from a layer that is not there",
      place([conv(2), new Shortcut({ from: first })]),
      "shortcut1: expected a shortcut from a layer that stands before it, got one that does not",
    ],
    [
      "to features",
      place([wide, flat, new Shortcut({ from: wide })]),
      "shortcut1: Shortcut: expected layers that take [C, H, W] and give as many rows and columns or fewer, " +
        "got [1, 8, 8] to [128]",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
  });
});

test.each([
  ["same", 8_524_867],
  ["valid", 6_558_787],
] as const)("the MNIST network of Table 5 has its parameters with %s padding", (padding, parameters) => {
  const { layers, ...model } = mnistNet({ inputShape: [1, 128, 128], outputs, padding });
  expect(layers.map(({ layer }) => layer.type)).not.toContain("Dropout");
  const sizes = [...model.parameters.values()].map(({ tensor }) => sizeOf(tensor.shape));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(parameters);
});
