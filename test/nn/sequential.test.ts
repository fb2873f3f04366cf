import { describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor } from "../../src/gpu/step.ts";
import { Tape } from "../../src/nn/autograd.ts";
import type { Layer } from "../../src/nn/layer.ts";
import { BatchNormalization } from "../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Dropout } from "../../src/nn/layers/dropout.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { MaxPooling2D } from "../../src/nn/layers/max-pooling2d.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import type { HostTensor } from "../../src/nn/safetensors.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { feed } from "../support/run-op.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const small = (outputs = 2) => tiny({ inputShape: [1, 10, 10], outputs });

describe("R-Net", () => {
  const model = rNet({ inputShape: [1, 128, 128], outputs: 3 });

  test("parameters carry the names and shapes that files have", () => {
    const shapes = new Map([...model.parameters.values()].map(({ name, tensor }) => [name, tensor.shape]));
    expect([...shapes.keys()]).toEqual([
      ...[1, 2, 3, 4, 5, 6].flatMap((n) => [...weights(`conv${n}`), ...normalization(`bn${n}`)]),
      ...[1, 2, 3].flatMap((n) => [...weights(`dense${n}`), ...normalization(`bn${n + 6}`)]),
      ...weights("output"),
    ]);
    expect(shapes.get("conv1.weight")).toEqual([16, 1, 3, 3]);
    expect(shapes.get("conv6.weight")).toEqual([64, 64, 3, 3]);
    expect(shapes.get("bn6.movingVariance")).toEqual([64]);
    expect(shapes.get("dense1.weight")).toEqual([64 * 12 * 12, 128]);
    expect(shapes.get("output.weight")).toEqual([32, 3]);
    expect(shapes.get("output.bias")).toEqual([3]);
  });

  test("only moving statistics are not trainable", () => {
    const fixed = [...model.parameters.values()].filter(({ trainable }) => !trainable).map(({ name }) => name);
    expect(fixed).toHaveLength(18);
    expect(fixed.every((name) => /^bn\d\.moving(Mean|Variance)$/.test(name))).toBe(true);
    expect(model.count()).toEqual({ parameters: 1_263_795, trainable: 1_262_899 });
  });

  test("trainable parameters share a slot, each at a multiple of 256 bytes", () => {
    const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable);
    expect(trainable.every(({ tensor }) => tensor.slot === model.trainableSlot && tensor.offset % 256 === 0)).toBe(
      true,
    );
    expect(new Set(trainable.map(({ tensor }) => tensor.offset)).size).toBe(trainable.length);
  });

  const weights = (layer: string) => [`${layer}.weight`, `${layer}.bias`];
  const normalization = (layer: string) =>
    ["gamma", "beta", "movingMean", "movingVariance"].map((own) => `${layer}.${own}`);
});

describe("layers are placed", () => {
  const placed = (inputShape: number[], layers: Layer[]) =>
    new Sequential({ inputShape, layers }).layers.map(({ name, input, output }) => [name, input, output]);

  test("each takes what the one before gives; names count classes, or are given", () => {
    const layers = [
      new Conv2D({ filters: 4, kernelSize: [3, 2], strides: [2, 1] }),
      new Conv2D({ filters: 5, kernelSize: 3, padding: "same", strides: 2, name: "head" }),
      new MaxPooling2D({ poolSize: [1, 2], strides: 1 }),
      new Flatten(),
      new Dense({ units: 7 }),
      new BatchNormalization(),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 2 }),
    ];
    expect(placed([3, 9, 6], layers)).toEqual([
      ["conv1", [3, 9, 6], [4, 4, 5]],
      ["head", [4, 4, 5], [5, 2, 3]],
      ["pool1", [5, 2, 3], [5, 2, 2]],
      ["flatten1", [5, 2, 2], [20]],
      ["dense1", [20], [7]],
      ["bn1", [7], [7]],
      ["dropout1", [7], [7]],
      ["dense2", [7], [2]],
    ]);
  });

  const conv = (kernelSize: number, name?: string) => new Conv2D({ filters: 2, kernelSize, ...(name && { name }) });

  test.each<[string, Layer[], string]>([
    [
      "an image too small",
      [conv(3), conv(3)],
      'conv2: Conv2D: expected a window no larger than the input\'s [2, 2] (padding "valid"), got window [3, 3]. ' +
        "The image may be too small for the network.",
    ],
    [
      "a dense layer on an image",
      [conv(3), new Dense({ units: 2 })],
      "dense1: Dense: expected an input [features], got [2, 2, 2]. Put a Flatten before it.",
    ],
    ["a convolution of a vector", [new Flatten(), conv(3)], "conv1: Conv2D: expected an input [C, H, W], got [16]"],
    [
      "two layers of one name",
      [conv(3, "own"), conv(1, "own")],
      'Sequential: expected names that differ, got two layers named "own"',
    ],
    [
      "a given name that a counted one has",
      [conv(3), conv(1, "conv1")],
      'Sequential: expected names that differ, got two layers named "conv1"',
    ],
    ["nothing to train", [new Flatten()], "Sequential: expected at least one layer with parameters, got none"],
  ])("%s is refused", (_, layers, message) => {
    const place = () => placed([1, 4, 4], layers);
    expect(place).toThrow(ShapeError);
    expect(place).toThrow(message);
  });

  test.each<[() => Layer, string]>([
    [() => new Conv2D({ filters: 0, kernelSize: 3 }), "Conv2D: expected filters of a positive integer, got 0"],
    [() => new Dense({ units: 1.5 }), "Dense: expected units of a positive integer, got 1.5"],
    [() => new Dropout({ rate: 1 }), "Dropout: expected a rate in [0, 1), got 1"],
    [() => new Dropout({ rate: NaN }), "Dropout: expected a rate in [0, 1), got NaN"],
  ])("options that no layer has: %s", (make, message) => {
    expect(make).toThrow(new ShapeError(message));
  });
});

test("an input of another shape is refused", () => {
  const x = feed("x", [2, 1, 9, 10], new Float32Array(180));
  const options = { training: false, step: stepTensor(), seed: 0, fuse: true };
  expect(() => small().record(new Tape(new Program("p")), x, options)).toThrow(
    new ShapeError("model: expected an input [N, 1, 10, 10], got [2, 1, 9, 10]"),
  );
});

describe("initial values", () => {
  async function valuesOf(seed: number, model = small()): Promise<Map<string, HostTensor>> {
    model.initialize(device, seed);
    return model.read(device);
  }

  test("depend on the seed and the parameter's name alone", async () => {
    const first = await valuesOf(7);
    expect(await valuesOf(7)).toEqual(first);
    // Another number of outputs leaves all other layers as they were.
    const wider = await valuesOf(7, small(5));
    for (const [name, value] of first) if (!name.startsWith("output.")) expect(wider.get(name)).toEqual(value);
  });

  test("differ from seed to seed, and from layer to layer of one shape", async () => {
    const [first, second] = [await valuesOf(7), await valuesOf(8)];
    const weights = [...first.keys()].filter((name) => name.endsWith(".weight"));
    for (const name of weights) expect(second.get(name)!.data).not.toEqual(first.get(name)!.data);
    const twice = new Sequential({ inputShape: [4], layers: [new Dense({ units: 4 }), new Dense({ units: 4 })] });
    const values = await valuesOf(7, twice);
    expect(values.get("dense1.weight")!.data).not.toEqual(values.get("dense2.weight")!.data);
  });

  test("are Keras's: Glorot uniform weights, zero biases, unit scales and variances", async () => {
    const values = await valuesOf(7);
    const of = (name: string) => values.get(name)!.data;
    const limit = Math.sqrt(6 / (9 * 8 + 9 * 16)); // conv2: 8 channels to 16, 3 x 3
    const weights = of("conv2.weight");
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(0.99 * limit);
    expect(Math.abs(weights.reduce((sum, value) => sum + value, 0) / weights.length)).toBeLessThan(0.1 * limit);
    for (const name of ["conv1.bias", "bn1.beta", "bn1.movingMean"]) expect(of(name).every((v) => v === 0)).toBe(true);
    for (const name of ["bn1.gamma", "bn1.movingVariance"]) expect(of(name).every((v) => v === 1)).toBe(true);
  });
});

describe("write", () => {
  test("sets every parameter and leaves other tensors in the file alone", async () => {
    const [source, target] = [small(), small()];
    source.initialize(device, 1);
    target.initialize(device, 2);
    const values = await source.read(device);
    const extra: HostTensor = { shape: [1], data: Float32Array.of(1) };
    target.write(device, new Map([...values, ["optimizer.conv1.weight.meanSquare", extra]]), "file");
    expect(await target.read(device)).toEqual(values);
  });

  test.each<[string, (values: Map<string, HostTensor>) => void, string]>([
    ["lacks one", (values) => values.delete("output.bias"), "expected output.bias [2], got none"],
    [
      "has one of another shape",
      (values) => values.set("output.weight", { shape: [32, 3], data: new Float32Array(96) }),
      "expected output.weight [32, 2], got [32, 3]",
    ],
  ])("a file that %s is refused, and nothing of it is written", async (_, change, contract) => {
    const model = small();
    model.initialize(device, 1);
    const before = await model.read(device);
    const values = new Map([...before].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 9) }]));
    change(values);
    expect(() => model.write(device, values, "weights.safetensors")).toThrow(
      new DataError(
        `weights.safetensors: ${contract}. It belongs to another model: check the preset, the size and the outputs.`,
      ),
    );
    expect(await model.read(device)).toEqual(before);
  });
});
