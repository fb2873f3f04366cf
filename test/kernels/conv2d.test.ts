import { describe, expect, test } from "vitest";
import { conv2d } from "../../src/kernels/conv2d.ts";
import { sizeOf } from "../../src/shape.ts";
import { type Conv2dCase, conv2dCases } from "../reference/cases.ts";
import { conv2d as reference } from "../reference/conv2d.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

const kernelCases: readonly Conv2dCase[] = [
  {
    label: "many workgroups, ragged tiles",
    x: [3, 2, 27, 31],
    w: [5, 2, 3, 3],
    strides: [1, 1],
    padding: "valid",
    relu: false,
  },
  {
    label: "rows of an even length, the last tile moved back",
    x: [2, 3, 9, 16],
    w: [9, 3, 3, 3],
    strides: [1, 1],
    padding: "same",
    relu: true,
  },
  {
    label: "weights in slices of a uniform buffer",
    x: [1, 64, 7, 6],
    w: [33, 64, 3, 3],
    strides: [1, 1],
    padding: "same",
    relu: true,
  },
  {
    label: "weights too many for uniform buffers",
    x: [1, 600, 4, 3],
    w: [9, 600, 3, 3],
    strides: [1, 1],
    padding: "valid",
    relu: false,
  },
  {
    label: "a large window, as ResNet's first",
    x: [1, 1, 20, 18],
    w: [4, 1, 7, 7],
    strides: [2, 2],
    padding: "same",
    relu: false,
  },
  {
    label: "a window beyond any tile",
    x: [2, 1, 13, 12],
    w: [2, 1, 11, 9],
    strides: [1, 1],
    padding: "same",
    relu: false,
  },
];

describe.each([...conv2dCases, ...kernelCases])("conv2d: $label", ({ x, w, strides, padding, relu }) => {
  test("kernel = reference, forward and all gradients", async () => {
    const [xs, ws, bs] = [uniform(x, 1, -1, 1), uniform(w, 2, -1, 1), uniform([w[0]], 3, -1, 1)];
    const expected = reference(xs, x, ws, w, bs, { strides, padding, relu });
    const dy = uniform(expected.shape, 4, -1, 1);
    const inputs = [feed("x", x, xs), feed("w", w, ws), feed("b", [w[0]], bs)] as const;
    const actual = await runOp(device, conv2d, inputs, { strides, padding, relu }, () => dy);

    expect(actual.shape).toEqual(expected.shape);
    const { dx, dw, dbias } = expected.backward(dy);
    const terms = (count: number) => ({ rtol: 1e-5, atol: 1e-6 * Math.sqrt(count) });
    expectClose(actual.y, expected.y, terms(sizeOf(w) / w[0]));
    expectClose(actual.gradients[0], dx, terms(sizeOf(w) / w[1]));
    expectClose(actual.gradients[1], dw, terms(sizeOf(expected.shape) / w[0]));
    expectClose(actual.gradients[2], dbias, terms(sizeOf(expected.shape) / w[0]));
  });
});

test("shapes that do not fit are refused before any GPU work", () => {
  const run = (x: number[], w: number[], b: number[]) =>
    runOp(device, conv2d, [feed("x", x, []), feed("w", w, []), feed("b", b, [])] as const, {
      strides: [1, 1],
      padding: "valid",
      relu: false,
    });
  return Promise.all([
    expect(run([1, 2, 5, 5], [4, 3, 3, 3], [4])).rejects.toThrow(
      "conv2d: expected weights for the 2 channels of input [1, 2, 5, 5], got [4, 3, 3, 3]",
    ),
    expect(run([1, 3, 5, 5], [4, 3, 3], [4])).rejects.toThrow(
      "conv2d: expected weights [Cout, Cin, kH, kW], got [4, 3, 3]",
    ),
    expect(run([1, 3, 5, 5], [4, 3, 3, 3], [3])).rejects.toThrow("conv2d: expected a bias [4], got [3]"),
    expect(run([1, 3, 2, 5], [4, 3, 3, 3], [4])).rejects.toThrow(
      'conv2d: expected a window no larger than the input\'s [2, 5] (padding "valid"), got window [3, 3]',
    ),
  ]);
});
