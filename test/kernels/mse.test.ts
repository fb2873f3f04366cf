import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { mse } from "../../src/kernels/mse.ts";
import type { Pair } from "../../src/shape.ts";
import { mse as reference } from "../reference/mse.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

test.each<[string, Pair]>([
  ["R-Net's own", [32, 3]],
  ["one number", [1, 1]],
  ["more than a workgroup, ragged", [67, 3]],
])("kernel = reference: %s", async (_, shape) => {
  const [prediction, target] = [uniform(shape, 1, -1, 2), uniform(shape, 2, 0, 1)];
  const inputs = [feed("prediction", shape, prediction), feed("target", shape, target)] as const;
  // A gradient of the loss other than 1 shows that it is used.
  const actual = await runOp(device, mse, inputs, {}, () => [2.5]);

  const { loss, backward } = reference(prediction, target);
  expect(actual.shape).toEqual([1]);
  expectClose(actual.y, [loss], { rtol: 1e-6 });
  expect(actual.gradients, "gradients: of the prediction alone").toHaveLength(1);
  const dprediction = backward().dprediction.map((d) => 2.5 * d);
  expectClose(actual.gradients[0], dprediction, { rtol: 1e-5, atol: 1e-8 });
});

test("targets of another shape are refused", async () => {
  const run = runOp(device, mse, [feed("p", [4, 3], []), feed("t", [3, 4], [])] as const, {});
  await expect(run).rejects.toThrow(
    new ShapeError("mse: expected targets [4, 3], one for each prediction, got [3, 4]"),
  );
});
