import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { MaxPooling2D } from "../../src/nn/layers/max-pooling2d.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { receptiveField } from "../../src/nn/receptive-field.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { conv2d } from "../reference/conv2d.ts";
import { numericGradient } from "../support/numeric-gradient.ts";

test("R-Net's last convolution: 32 x 32 pixels, every fourth", () => {
  const { layers } = rNet({ inputShape: [1, 128, 128], outputs: 3 });
  expect(receptiveField(layers, "conv6")).toEqual({ size: [32, 32], stride: [4, 4], centre: [15.5, 15.5] });
  expect(receptiveField(layers, "bn6")).toEqual(receptiveField(layers, "conv6"));
});

test('"same" keeps the first element over the first pixel', () => {
  const { layers } = rNet({ inputShape: [1, 128, 128], outputs: 3, padding: "same" });
  expect(receptiveField(layers, "conv2")).toEqual({ size: [5, 5], stride: [1, 1], centre: [0, 0] });
});

test("nothing square: the pixels with a gradient are those that it names", () => {
  const options = { kernelSize: [3, 2], strides: [2, 1], padding: "valid" } as const;
  const { layers } = new Sequential({
    inputShape: [1, 13, 9],
    layers: [
      new Conv2D({ filters: 1, ...options, name: "first" }),
      new Conv2D({ filters: 1, ...options, name: "second" }),
    ],
  });
  const ones = (length: number) => new Float64Array(length).fill(1);
  const stages = (x: Float64Array) => {
    const first = conv2d(x, [1, 1, 13, 9], ones(6), [1, 1, 3, 2], null, { ...options, relu: false });
    return conv2d(first.y, first.shape, ones(6), [1, 1, 3, 2], null, { ...options, relu: false });
  };
  const { shape, y } = stages(ones(13 * 9));
  const [row, column] = [1, 3];
  const dy = y.map((_, i) => Number(i === row * shape[3] + column));
  const moved = numericGradient((x) => stages(x).y, ones(13 * 9), dy, 1e-3);
  const seen = [...moved.keys()].filter((i) => Math.abs(moved[i]) > 1e-6);
  const rows = seen.map((i) => Math.floor(i / 9));
  const columns = seen.map((i) => i % 9);
  const { size, stride, centre } = receptiveField(layers, "second");
  const range = (axis: 0 | 1, at: number) => {
    const middle = centre[axis] + at * stride[axis];
    return [middle - (size[axis] - 1) / 2, middle + (size[axis] - 1) / 2];
  };
  expect([Math.min(...rows), Math.max(...rows)]).toEqual(range(0, row));
  expect([Math.min(...columns), Math.max(...columns)]).toEqual(range(1, column));
});

describe("refused", () => {
  const { layers } = rNet({ inputShape: [1, 64, 64], outputs: 3 });
  test.each([
    ['receptive field: expected a layer of the model, got "conv7"', "conv7"],
    ["receptive field: expected flatten1 to slide a window over its planes, got [64, 4, 4] to [1024]", "dense1"],
  ])("%s", (message, name) => {
    expect(() => receptiveField(layers, name)).toThrow(new ShapeError(message));
  });
  test("a pool is a window too", () => {
    const model = new Sequential({
      inputShape: [1, 8, 8],
      layers: [new Conv2D({ filters: 1, kernelSize: 1 }), new MaxPooling2D()],
    });
    expect(receptiveField(model.layers, "pool1")).toEqual({ size: [2, 2], stride: [2, 2], centre: [0.5, 0.5] });
  });
});
