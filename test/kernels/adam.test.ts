import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { Adam, type AdamOptions } from "../../src/nn/optimizers/adam.ts";
import { adam as reference, adamState } from "../reference/adam.ts";
import { adamCases, byLabel } from "../reference/cases.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

/** An optimizer of `size` parameters that takes steps at any index. */
async function prepare(size: number, options: AdamOptions) {
  const step = stepTensor();
  const w = feed("w", [size], uniform([size], 1, -1, 1));
  const g = pinned("g", [size]);
  const optimizer = new Adam(w.slot, options);
  const program = new Program("adam");
  optimizer.update(program, w.slot, g.slot, step);
  const ready = await program.finish(device);
  const take = (index: number, learningRate: number, gradient: Float64Array): void => {
    writeStep(device, step, { index, batchStart: 0, learningRate });
    device.write(g, new Float32Array(gradient));
    ready.run();
  };
  return { w, optimizer, launches: program.launches, take };
}

/** Another scale at each step; some gradients are 0. */
const gradientOf = (size: number, index: number): Float64Array =>
  uniform([size], 10 + index, -1, 1).map((value, i) => Math.fround(value * (i % 5) * 0.5 ** index));

describe.each([4, 600, 1036])("%d parameters", (size) => {
  test.each(byLabel(adamCases))("kernel = reference, weights and state over five steps: %s", async (_, { options }) => {
    const { w, optimizer, launches, take } = await prepare(size, options);
    let expected = { w: uniform([size], 1, -1, 1), state: adamState(size) };
    for (let index = 0; index < 5; index++) {
      const learningRate = options.learningRate / (index + 1);
      const gradient = gradientOf(size, index);
      expected = reference(expected.w, gradient, expected.state, { ...options, learningRate });
      take(index, learningRate, gradient);
    }
    expect(launches.map(({ op, entryPoint }) => `${op}.${entryPoint}`)).toEqual(["adam.update"]);
    const close = { rtol: 1e-5, atol: 1e-6 };
    expectClose(await device.read(w), expected.w, close);
    expectClose(await device.read(optimizer.state.get("mean")!), expected.state.mean, close);
    expectClose(await device.read(optimizer.state.get("meanSquare")!), expected.state.meanSquare, close);
  });
});

test.each([1, 2, 10, 499, 501, 10_000, 1_000_000])("the bias is corrected by the step's number: step %d", async (t) => {
  const { w, optimizer, take } = await prepare(4, {});
  device.write(w, new Float32Array(4));
  const state = { steps: t - 1, mean: new Float64Array([0, 0.5, 0, 0]), meanSquare: new Float64Array([0, 0.25, 1, 0]) };
  device.write(optimizer.state.get("mean")!, new Float32Array(state.mean));
  device.write(optimizer.state.get("meanSquare")!, new Float32Array(state.meanSquare));
  const gradient = Float64Array.of(1, 0.5, -2, 0.25);
  take(t - 1, 1, gradient);
  const options = { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  expectClose(await device.read(w), reference(new Float64Array(4), gradient, state, options).w, { rtol: 3e-6 });
});

test("the first step is the learning rate, and with small gradients epsilon weighs as Keras has it", async () => {
  const { w, take } = await prepare(4, {});
  device.write(w, new Float32Array(4));
  take(0, 0.001, Float64Array.of(2, -0.1, 1e-6, 0));
  // alpha m / (sqrt(v) + 1e-7) = 0.001 sqrt(0.001) 1e-6 / (sqrt(0.001) 1e-6 + 1e-7): 4.2 times less than without epsilon
  expectClose(await device.read(w), [-0.001, 0.001, -2.4025e-4, 0], { rtol: 1e-4 });
});

test("options out of range and parameters that are not whole vectors are refused", () => {
  const { slot } = pinned("w", [8]);
  expect(() => new Adam(slot, { beta1: 1 })).toThrow(new UsageError("Adam: expected beta1 in [0, 1), got 1"));
  expect(() => new Adam(slot, { beta2: -0.5 })).toThrow(new UsageError("Adam: expected beta2 in [0, 1), got -0.5"));
  expect(() => new Adam(slot, { epsilon: NaN })).toThrow(
    new UsageError("Adam: expected epsilon of at least 0, got NaN"),
  );
  const odd = pinned("w", [5]).slot;
  expect(() => new Adam(odd).update(new Program("odd"), odd, odd, stepTensor())).toThrow(
    new UsageError("Adam: expected parameters of a multiple of 16 bytes, got 20"),
  );
});
