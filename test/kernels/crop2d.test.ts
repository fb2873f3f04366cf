import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { crop2d } from "../../src/kernels/crop2d.ts";
import type { Pair, Shape } from "../../src/shape.ts";
import { byLabel, crop2dCases } from "../reference/cases.ts";
import { crop2d as reference } from "../reference/crop2d.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

test.each(byLabel(crop2dCases))("kernel = reference: %s", async (_, { x: shape, size }) => {
  const x = uniform(shape, 1, -1, 1);
  const expected = reference(x, shape, size);
  const dy = uniform(expected.shape, 2, -1, 1);
  const actual = await runOp(device, crop2d, [feed("x", shape, x)] as const, { size }, () => dy);
  expect(actual.shape).toEqual(expected.shape);
  expectClose(actual.y, expected.y, { rtol: 1e-7 });
  expectClose(actual.gradients[0], expected.backward(dy).dx, { rtol: 1e-7 });
});

test.each<[Shape, Pair, string]>([
  [[2, 1, 4, 5], [5, 5], "crop2d: expected a size no larger than the input's [4, 5], got [5, 5]"],
  [[2, 1, 4, 5], [4, 6], "crop2d: expected a size no larger than the input's [4, 5], got [4, 6]"],
  [[2, 4, 5], [1, 1], "crop2d: expected an input [N, C, H, W], got [2, 4, 5]"],
])("%j to %j is refused", async (shape, size, message) => {
  const run = runOp(device, crop2d, [feed("x", shape, [])] as const, { size });
  await expect(run).rejects.toThrow(new ShapeError(message));
});
