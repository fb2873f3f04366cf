import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { addition } from "../../src/kernels/add.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

test("the sum, element by element; both inputs receive the whole gradient", async () => {
  const shape = [3, 5, 2, 7];
  const [a, b, dy] = [1, 2, 3].map((seed) => uniform(shape, seed, -1, 1));
  const actual = await runOp(device, addition, [feed("a", shape, a), feed("b", shape, b)] as const, {}, () => dy);
  expect(actual.shape).toEqual(shape);
  const sum = a.map((value, i) => value + b[i]);
  expectClose(actual.y, sum, { rtol: 1e-7 });
  expectClose(actual.gradients[0], dy, {});
  expectClose(actual.gradients[1], dy, {});
});

test("another shape is refused, also with as many elements", async () => {
  const run = runOp(device, addition, [feed("a", [2, 3], []), feed("b", [3, 2], [])] as const, {});
  await expect(run).rejects.toThrow(new ShapeError("add: expected two tensors of one shape, got [2, 3] and [3, 2]"));
});
