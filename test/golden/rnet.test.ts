/** The float64 reference, composed to R-Net, takes tfjs's first step: names, layouts and golden files agree. */
import { beforeAll, describe, expect, test } from "vitest";
import { rmsprop, rmspropState } from "../reference/rmsprop.ts";
import { rnet, type NamedTensors, type RnetReference } from "../reference/rnet.ts";
import { expectClose } from "../support/close.ts";
import {
  initialValues,
  loadRnetOneStep,
  loadRnetTenSmallSteps,
  loadRnetTenSteps,
  rnetData,
  rnetOptimizer,
  rnetSetup,
  rnetTensors,
  updateDistance,
  type RnetTensor,
} from "./rnet.ts";

const { batchSize, imageSize, outputs, steps } = rnetSetup;
const initial: NamedTensors = new Map(
  rnetTensors().map((tensor) => [tensor.name, Float64Array.from(initialValues(tensor))]),
);

function tensorOf(tensors: NamedTensors, name: string): Float64Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no tensor ${name}`);
  return tensor;
}

/** new - old after one step. */
function updateOf({ name }: RnetTensor, { gradients, moving }: RnetReference): Float64Array {
  const before = tensorOf(initial, name);
  const gradient = gradients.get(name);
  const after = gradient
    ? rmsprop(before, gradient, rmspropState(before.length), rnetOptimizer).w
    : tensorOf(moving, name);
  return after.map((value, i) => value - before[i]);
}

describe("one step of R-Net", () => {
  const golden = loadRnetOneStep();
  let reference: RnetReference;
  beforeAll(() => {
    const { images, labels } = rnetData();
    const x = Float64Array.from(images.subarray(0, batchSize * imageSize ** 2));
    const target = Float64Array.from(labels.subarray(0, batchSize * outputs));
    reference = rnet(initial, x, [batchSize, 1, imageSize, imageSize], target, {
      filters: rnetSetup.convolutionFilters,
      units: rnetSetup.denseUnits,
      outputs,
      batchNorm: rnetSetup.batchNorm,
    });
  }, 120_000);

  test("loss and outputs", () => {
    expectClose([reference.loss], golden.losses, { rtol: 1e-5 });
    expectClose(reference.prediction, golden.outputs.values, { atol: 5e-5 });
    expect(golden.outputs.shape).toEqual([batchSize, outputs]);
  });
  // tfjs's update is a difference of two float32 tensors, and its gradients have passed nine normalisations in float32.
  test.each(rnetTensors().map((tensor): [string, RnetTensor] => [tensor.name, tensor]))("%s", (name, tensor) => {
    const distance = updateDistance(tensor, updateOf(tensor, reference), golden.updates[name]);
    expect(distance.stored).toBeLessThan(5e-4);
    expect(distance.norm).toBeLessThan(1e-4);
  });
});

describe("the golden files", () => {
  const names = rnetTensors().map(({ name }) => name);
  test("an update for every tensor", () => {
    for (const golden of [loadRnetOneStep(), loadRnetTenSteps(), loadRnetTenSmallSteps()]) {
      expect(Object.keys(golden.updates)).toEqual(names);
      expect(golden.setup).toEqual(rnetSetup);
    }
  });
  test("ten steps are well conditioned at the small learning rate only", () => {
    const [large, small] = [loadRnetTenSteps(), loadRnetTenSmallSteps()].map(({ sensitivity }) => sensitivity.losses);
    expect(small).toHaveLength(steps);
    expect(Math.max(...small)).toBeLessThan(1e-3);
    expect(Math.max(...large)).toBeGreaterThan(0.1);
  });
});

describe("initial values and data", () => {
  test("parameters and statistics of the preset at 64 x 64", () => {
    const sizes = [...initial.values()].map(({ length }) => length);
    // 1,263,795 at 128 x 128, where the last pooling leaves 12 x 12 instead of 4 x 4 pixels.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_263_795 - (12 ** 2 - 4 ** 2) * 64 * 128);
  });
  test("Glorot's limits", () => {
    const largest = (name: string): number => Math.max(...tensorOf(initial, name).map(Math.abs));
    expectClose([largest("conv1.weight"), largest("dense3.weight")], [0.19803, 0.25], { rtol: 0.02 });
  });
  test("labels are fractions, and images show them", () => {
    const { pixels, images, labels } = rnetData();
    expect(images).toHaveLength(batchSize * steps * imageSize ** 2);
    expect(images[7]).toBe(Math.fround(pixels[7] / 255));
    const sums = Array.from(
      { length: batchSize * steps },
      (_, n) => labels[3 * n] + labels[3 * n + 1] + labels[3 * n + 2],
    );
    expectClose(
      sums,
      sums.map(() => 1),
      { atol: 1e-6 },
    );
  });
});
