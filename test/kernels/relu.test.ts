import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { leakyRelu, relu } from "../../src/kernels/relu.ts";
import type { Shape } from "../../src/shape.ts";
import { leakyRelu as leakyReference } from "../reference/leakyRelu.ts";
import { relu as reference } from "../reference/relu.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

const shapes: Shape[] = [[1], [2, 3, 5, 7], [4, 64]];

/** Uniform, and every third exactly at the kink. */
const withZeros = (shape: Shape): Float64Array => uniform(shape, 1, -1, 1).map((value, i) => (i % 3 === 1 ? 0 : value));

describe.each(shapes.map((shape): [string, Shape] => [shape.join("x"), shape]))("%s", (_, shape) => {
  const x = withZeros(shape);
  const dy = uniform(shape, 2, -1, 1);

  test("relu: kernel = reference, also at exactly 0", async () => {
    const expected = reference(x, shape);
    const actual = await runOp(device, relu, [feed("x", shape, x)] as const, {}, () => dy);
    expect(actual.shape).toEqual(shape);
    expectClose(actual.y, expected.y, {});
    expectClose(actual.gradients[0], expected.backward(dy).dx, {});
  });

  test("leakyRelu: kernel = reference, also at exactly 0", async () => {
    const slope = 0.3;
    const expected = leakyReference(x, shape, slope);
    const actual = await runOp(device, leakyRelu, [feed("x", shape, x)] as const, { slope }, () => dy);
    expect(actual.shape).toEqual(shape);
    expectClose(actual.y, expected.y, { rtol: 1e-6 });
    expectClose(actual.gradients[0], expected.backward(dy).dx, { rtol: 1e-6 });
  });
});

test("more than 65,535 workgroups: the grid has a second row", async () => {
  const size = 64 * 65_536 + 7;
  const x = new Float32Array(size).map((_, i) => (i % 11) - 5);
  const dy = new Float32Array(size).map((_, i) => i % 7);
  const { y, gradients } = await runOp(device, relu, [feed("x", [size], x)] as const, {}, () => dy);
  expect(y.findIndex((value, i) => value !== Math.max(x[i], 0))).toBe(-1);
  expect(gradients[0].findIndex((value, i) => value !== (x[i] > 0 ? dy[i] : 0))).toBe(-1);
});

test.each([-1, NaN])("a slope of %d is refused", async (slope) => {
  const run = runOp(device, leakyRelu, [feed("x", [1], [1])] as const, { slope });
  await expect(run).rejects.toThrow(new ShapeError(`leakyRelu: expected a slope >= 0, got ${slope}`));
});
