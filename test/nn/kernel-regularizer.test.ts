/** L1 and L2 penalties on kernels: their gradient, their value, and what training makes of them. */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { arena, wholeSlot } from "../../src/gpu/tensor.ts";
import { penaltyOf, regularizeGradients } from "../../src/nn/kernel-regularizer.ts";
import { BatchNormalization } from "../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { Shortcut } from "../../src/nn/layers/shortcut.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { sizeOf } from "../../src/shape.ts";
import { kernelRegularizer as reference } from "../reference/kernelRegularizer.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { numericGradient } from "../support/numeric-gradient.ts";
import { distinct, uniform } from "../support/values.ts";

const device = await openTestDevice();
// Sizes that fill no block of 64 floats, and a kernel of more than one block.
const first = new Conv2D({ filters: 3, kernelSize: 3, padding: "same" });
const layers = [first, new BatchNormalization(), new Shortcut({ from: first }), new Flatten(), new Dense({ units: 5 })];
const model = new Sequential({ inputShape: [1, 5, 7], layers });
const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable);
const kernels = ["conv1.weight", "shortcut1.weight", "dense1.weight"];
const zeroAt = 2;

/** Every parameter with values of its own, one of them exactly 0. */
function fill(): Map<string, Float64Array> {
  const values = new Map<string, Float64Array>();
  trainable.forEach(({ name, tensor }, i) => {
    const w = uniform(tensor.shape, i + 1, -1, 1).map(Math.fround);
    w[zeroAt] = 0;
    device.write(tensor, new Float32Array(w));
    values.set(name, w);
  });
  return values;
}

describe.each([
  { l1: 0.03, l2: 0 },
  { l1: 0, l2: 0.2 },
  { l1: 0.01, l2: 0.1 },
])("$l1, $l2", (factors) => {
  test("one launch adds the gradient to that of kernels, and leaves the others", async () => {
    const values = fill();
    const homes = arena(
      "gradients",
      trainable.map(({ name, tensor }) => ({ name, shape: tensor.shape })),
    );
    const [{ slot }] = homes.values();
    device.write(wholeSlot(slot), new Float32Array(slot.bytes / 4).fill(0.5));
    const program = new Program("regularizer");
    regularizeGradients(program, model, slot, factors);
    expect(program.launches.map(({ op, entryPoint }) => `${op}.${entryPoint}`)).toEqual(["kernelRegularizer.add"]);
    (await program.finish(device)).run();
    const all = await device.read(wholeSlot(slot));
    for (const { name, tensor } of trainable) {
      const own = all.subarray(tensor.offset / 4, tensor.offset / 4 + sizeOf(tensor.shape));
      const added = kernels.includes(name) ? reference(values.get(name)!, factors).dw : own.map(() => 0);
      expectClose(
        own,
        Float64Array.from(added, (value) => 0.5 + value),
        { atol: 1e-6 },
      );
    }
  });

  test("the penalty is a sum over kernels", async () => {
    const values = fill();
    const expected = kernels.map((name) => reference(values.get(name)!, factors).penalty);
    const penalty = await penaltyOf(device, model, factors);
    expectClose([penalty], [expected.reduce((sum, value) => sum + value, 0)], { rtol: 1e-12 });
  });

  test("the reference's gradient is the penalty's difference", () => {
    const w = distinct([3, 7], 1);
    const penalty = (moved: Float64Array) => Float64Array.of(reference(moved, factors).penalty);
    expectClose(reference(w, factors).dw, numericGradient(penalty, w, Float64Array.of(1), 1e-4), { rtol: 1e-7 });
  });
});

test("factors of 0 launch nothing and cost nothing", async () => {
  const program = new Program("regularizer");
  regularizeGradients(program, model, model.trainableSlot, { l1: 0, l2: 0 });
  expect(program.launches).toEqual([]);
  expect(await penaltyOf(device, model, { l1: 0, l2: 0 })).toBe(0);
});

test.each([
  [{ l1: -1, l2: 0 }, "l1: expected a factor of at least 0, got -1"],
  [{ l1: 0, l2: NaN }, "l2: expected a factor of at least 0, got NaN"],
])("%j is refused", (factors, message) => {
  const regularize = () => regularizeGradients(new Program("regularizer"), model, model.trainableSlot, factors);
  expect(regularize).toThrow(new UsageError(message));
});
