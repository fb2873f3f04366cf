import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { losses, lossOf } from "../../src/nn/losses.ts";
import type { Pair } from "../../src/shape.ts";
import { huber } from "../reference/huber.ts";
import { mae } from "../reference/mae.ts";
import { mse } from "../reference/mse.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

describe.each([
  ["mse", mse],
  ["mae", mae],
  ["huber", huber],
] as const)("%s", (name, reference) => {
  const op = losses[name];

  test.each<[string, Pair]>([
    ["R-Net's own", [32, 3]],
    ["one number", [1, 1]],
    ["more than a workgroup, ragged", [67, 3]],
  ])("kernel = reference, and so is the host's value: %s", async (_, shape) => {
    // Errors from -3 to 3, on both sides of Huber's 1; the first one is 0.
    const [prediction, target] = [uniform(shape, 1, -2, 3), uniform(shape, 2, 0, 1)];
    if (prediction.length > 1) prediction[0] = target[0];
    const inputs = [feed("prediction", shape, prediction), feed("target", shape, target)] as const;
    // A gradient of the loss other than 1 shows that it is used.
    const actual = await runOp(device, op, inputs, {}, () => [2.5]);

    const { loss, backward } = reference(prediction, target);
    expect(actual.shape).toEqual([1]);
    expectClose(actual.y, [loss], { rtol: 1e-6 });
    expect(actual.gradients, "gradients: of the prediction alone").toHaveLength(1);
    const dprediction = backward().dprediction.map((d) => 2.5 * d);
    expectClose(actual.gradients[0], dprediction, { rtol: 1e-5, atol: 1e-8 });

    const scores = { mse: mse(prediction, target).loss, mae: mae(prediction, target).loss };
    const onHost = lossOf(name, scores, new Float32Array(prediction), new Float32Array(target));
    expectClose([onHost], [loss], { rtol: 1e-12 });
  });

  test("targets of another shape are refused", async () => {
    const run = runOp(device, op, [feed("p", [4, 3], []), feed("t", [3, 4], [])] as const, {});
    await expect(run).rejects.toThrow(
      new ShapeError(`${name}: expected targets [4, 3], one for each prediction, got [3, 4]`),
    );
  });
});

test("at errors of 0 and of Huber's 1: values and slopes by hand", async () => {
  const inputs = [feed("p", [1, 4], [0, 1, -1, 4]), feed("t", [1, 4], [0, 0, 0, 0])] as const;
  const of = async (name: keyof typeof losses) => {
    const { y, gradients } = await runOp(device, losses[name], inputs, {}, () => [4]);
    return [...y, ...gradients[0]];
  };
  expect(await of("mse")).toEqual([4.5, 0, 2, -2, 8]);
  expect(await of("mae")).toEqual([1.5, 0, 1, -1, 1]);
  expect(await of("huber")).toEqual([(0.5 + 0.5 + 3.5) / 4, 0, 1, -1, 1]);
});
