import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { maxPool2d, type PoolOptions } from "../../src/kernels/maxPool2d.ts";
import type { Shape } from "../../src/shape.ts";
import { byLabel, type MaxPool2dCase, maxPool2dCases } from "../reference/cases.ts";
import { maxPool2d as reference } from "../reference/maxPool2d.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { distinct, uniform } from "../support/values.ts";

const device = await openTestDevice();

const kernelCases: readonly MaxPool2dCase[] = [
  { label: "many workgroups, ragged tail", x: [3, 5, 9, 7], window: [2, 3], strides: [1, 1], padding: "valid" },
  { label: "padding on all sides", x: [2, 2, 4, 6], window: [3, 5], strides: [1, 2], padding: "same" },
];

async function expectReference(x: Shape, values: Float64Array, options: PoolOptions): Promise<void> {
  const expected = reference(values, x, options);
  const dy = uniform(expected.shape, 2, -1, 1);
  const actual = await runOp(device, maxPool2d, [feed("x", x, values)] as const, options, () => dy);
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.y).toEqual(Float32Array.from(expected.y));
  expectClose(actual.gradients[0], expected.backward(dy).dx, { rtol: 1e-6, atol: 1e-6 });
}

describe.each(byLabel([...maxPool2dCases, ...kernelCases]))("maxPool2d: %s", (_, { x, ...options }) => {
  test("kernel = reference, forward and gradient", () => expectReference(x, distinct(x, 1), options));
});

test("ties: the first maximum of each window takes its whole gradient", () => {
  const x = [2, 3, 6, 5];
  return expectReference(x, uniform(x, 1, -1, 2).map(Math.floor), {
    window: [3, 2],
    strides: [1, 1],
    padding: "valid",
  });
});

test("padding is skipped: it wins over no negative number", () => {
  const x = [1, 2, 5, 4];
  return expectReference(x, uniform(x, 1, -2, -1), { window: [3, 3], strides: [2, 2], padding: "same" });
});

test.each<[string, Shape, Partial<PoolOptions>]>([
  ["maxPool2d: expected an input [N, C, H, W], got [2, 3]", [2, 3], {}],
  ["maxPool2d: expected window of two positive integers, got [2, 0]", [1, 1, 4, 4], { window: [2, 0] }],
  ["maxPool2d: expected strides of two positive integers, got [1.5, 1]", [1, 1, 4, 4], { strides: [1.5, 1] }],
  [
    'maxPool2d: expected a window no larger than the input\'s [1, 4] (padding "valid"), got window [2, 2]',
    [1, 1, 1, 4],
    {},
  ],
])("%s", async (message, x, options) => {
  const run = runOp(device, maxPool2d, [feed("x", x, [])] as const, {
    window: [2, 2],
    strides: [2, 2],
    padding: "valid",
    ...options,
  });
  await expect(run).rejects.toThrow(new ShapeError(message));
});
