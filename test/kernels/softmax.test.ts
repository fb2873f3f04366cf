import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { softmax } from "../../src/kernels/softmax.ts";
import { byLabel, softmaxCases } from "../reference/cases.ts";
import { softmax as reference } from "../reference/softmax.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();
const run = (shape: readonly number[], x: ArrayLike<number>, dy?: Float64Array) =>
  runOp(device, softmax, [feed("x", shape, Float64Array.from(x))] as const, {}, dy && (() => dy));

test.each(byLabel(softmaxCases))("kernel = reference: %s", async (_, { x: shape, scale }) => {
  // What the kernel reads is in float32.
  const x = uniform(shape, 1, -scale, scale).map(Math.fround);
  const dy = uniform(shape, 2, -1, 1);
  const expected = reference(x, shape);
  const actual = await run(shape, x, dy);
  expect(actual.shape).toEqual(shape);
  expectClose(actual.y, expected.y, { rtol: 1e-5, atol: 1e-7 });
  expectClose(actual.gradients[0], expected.backward(dy).dx, { rtol: 1e-5, atol: 1e-6 });
});

test("equal inputs, however large, share equally", async () => {
  const { y } = await run([2, 4], [1e38, 1e38, 1e38, 1e38, -1e38, -1e38, -1e38, -1e38]);
  expect([...y]).toEqual(new Array(8).fill(0.25));
});

test("another rank is refused", async () => {
  await expect(run([2, 3, 4], new Float64Array(24))).rejects.toThrow(
    new ShapeError("softmax: expected an input [N, K], got [2, 3, 4]"),
  );
});
