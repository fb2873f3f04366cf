import { describe, expect, test } from "vitest";
import source from "../../shaders/rmsprop.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { UsageError } from "../../src/errors.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { arena, pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { Rmsprop } from "../../src/nn/optimizers/rmsprop.ts";
import { byLabel, type RmspropCase, rmspropCases } from "../reference/cases.ts";
import { rmsprop as reference, rmspropState } from "../reference/rmsprop.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();
const kernel = defineKernel("rmsprop", source, [stepSource]);

const size = 600; // 150 vectors, ragged: three workgroups, in a grid of two rows
const steps = 4;

const [keras] = rmspropCases;
const outside: RmspropCase[] = [
  { label: "epsilon outside the root", options: { ...keras.options, epsilon: 0.01, epsilonPlacement: "outside" } },
  {
    label: "epsilon outside the root, centered",
    options: { ...keras.options, epsilon: 0.01, epsilonPlacement: "outside", centered: true },
  },
];

describe.each(byLabel([...rmspropCases, ...outside]))("rmsprop: %s", (_, { options }) => {
  const { learningRate, rho, momentum, epsilon, centered, epsilonPlacement } = options;
  const entryPoint = momentum > 0 || centered ? "full" : "plain";

  test(`${entryPoint} = reference, weights and state over ${steps} steps`, async () => {
    const step = stepTensor();
    const w = feed("w", [size], uniform([size], 1, -1, 1));
    const g = pinned("g", [size]);
    const [v, m, mg] = ["v", "m", "mg"].map((name) => pinned(name, [size]));
    const program = new Program("rmsprop");
    program.launch(kernel, entryPoint, {
      constants: { size, rho, momentum, epsilon, centered, inside: epsilonPlacement === "inside" },
      bindings: { step, w, g, v, ...(entryPoint === "full" && { m, mg }) },
      workgroups: [2, 2, 1],
      flops: 0,
    });
    const ready = await program.finish(device);

    let expected = { w: uniform([size], 1, -1, 1), state: rmspropState(size) };
    for (let index = 0; index < steps; index++) {
      // Another learning rate and another scale of the gradient at each step; some gradients are 0.
      const rate = learningRate / (index + 1);
      const gradient = uniform([size], 10 + index, -1, 1).map((value, i) =>
        Math.fround(value * (i % 5) * 0.5 ** index),
      );
      expected = reference(expected.w, gradient, expected.state, { ...options, learningRate: rate });
      writeStep(device, step, { index, batchStart: 0, learningRate: rate });
      device.write(g, new Float32Array(gradient));
      ready.run();
    }

    const close = { rtol: 1e-5, atol: 1e-6 };
    expectClose(await device.read(w), expected.w, close);
    expectClose(await device.read(v), expected.state.meanSquare, close);
    if (entryPoint === "plain") return;
    expectClose(await device.read(m), expected.state.velocity, close);
    if (centered) expectClose(await device.read(mg), expected.state.meanGradient, close);
  });
});

test("the place of epsilon shows where the gradients are small", async () => {
  const moved = await Promise.all(
    [true, false].map(async (inside) => {
      const step = stepTensor();
      writeStep(device, step, { index: 0, batchStart: 0, learningRate: 1 });
      const w = pinned("w", [4]);
      const program = new Program("rmsprop");
      program.launch(kernel, "plain", {
        constants: { size: 4, inside },
        bindings: { step, w, g: feed("g", [4], [1e-4, 0, 0, 0]), v: pinned("v", [4]) },
        workgroups: [1, 1, 1],
        flops: 0,
      });
      (await program.finish(device)).run();
      return (await device.read(w))[0];
    }),
  );
  // Keras's defaults, v = 1e-9: 1e-4 / sqrt(1.01e-7), and 1e-4 / (sqrt(1e-9) + 1e-7).
  expectClose(moved, [-0.31466, -3.15228], { rtol: 1e-4 });
  expect(moved[1] / moved[0]).toBeGreaterThan(10);
});

test("parameters that are not whole vectors are refused; those of an arena are", () => {
  const update = ({ slot }: Tensor) => new Rmsprop(slot).update(new Program("odd"), slot, slot, stepTensor());
  expect(() => update(pinned("w", [5]))).toThrow(
    new UsageError("RMSprop: expected parameters of a multiple of 16 bytes, got 20"),
  );
  const [first] = arena("parameters", [{ name: "w", shape: [5] }]).values();
  expect(() => update(first)).not.toThrow();
});
