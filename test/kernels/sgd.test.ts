import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { Sgd } from "../../src/nn/optimizers/sgd.ts";
import { byLabel, sgdCases } from "../reference/cases.ts";
import { sgd as reference } from "../reference/sgd.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

describe.each([4, 600, 1036])("%d parameters", (size) => {
  test.each(byLabel(sgdCases))("kernel = reference, weights and state over four steps: %s", async (_, { options }) => {
    const step = stepTensor();
    const w = feed("w", [size], uniform([size], 1, -1, 1));
    const g = pinned("g", [size]);
    const optimizer = new Sgd(w.slot, options);
    const program = new Program("sgd");
    optimizer.update(program, w.slot, g.slot, step);
    const ready = await program.finish(device);

    let expected = { w: uniform([size], 1, -1, 1), velocity: new Float64Array(size) };
    for (let index = 0; index < 4; index++) {
      // Another learning rate at each step shows that the momentum holds steps and not gradients.
      const learningRate = options.learningRate / (index + 1);
      const gradient = uniform([size], 10 + index, -1, 1);
      const { w, velocity } = reference(expected.w, gradient, expected.velocity, { ...options, learningRate });
      expected = { w: Float64Array.from(w), velocity: Float64Array.from(velocity) };
      writeStep(device, step, { index, batchStart: 0, learningRate });
      device.write(g, new Float32Array(gradient));
      ready.run();
    }

    const close = { rtol: 1e-5, atol: 1e-6 };
    expectClose(await device.read(w), expected.w, close);
    const velocity = optimizer.state.get("momentum");
    const entryPoint = options.momentum > 0 ? "sgd.accelerated" : "sgd.plain";
    expect(program.launches.map(({ op, entryPoint }) => `${op}.${entryPoint}`)).toEqual([entryPoint]);
    expect(velocity !== undefined).toBe(options.momentum > 0);
    if (velocity) expectClose(await device.read(velocity), expected.velocity, close);
  });
});

test("a momentum out of range and parameters that are not whole vectors are refused", () => {
  const { slot } = pinned("w", [8]);
  expect(() => new Sgd(slot, { momentum: 1 })).toThrow(new UsageError("SGD: expected momentum in [0, 1), got 1"));
  expect(() => new Sgd(slot, { momentum: NaN })).toThrow(new UsageError("SGD: expected momentum in [0, 1), got NaN"));
  const odd = pinned("w", [5]).slot;
  expect(() => new Sgd(odd).update(new Program("odd"), odd, odd, stepTensor())).toThrow(
    new UsageError("SGD: expected parameters of a multiple of 16 bytes, got 20"),
  );
});
