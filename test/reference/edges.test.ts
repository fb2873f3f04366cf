/** What neither central differences nor tfjs can show: ties, kinks and the other placement of epsilon. */
import { describe, expect, test } from "vitest";
import { expectClose } from "../support/close.ts";
import { conv2d } from "./conv2d.ts";
import { leakyRelu } from "./leakyRelu.ts";
import { maxPool2d } from "./maxPool2d.ts";
import { relu } from "./relu.ts";
import { rmsprop, rmspropState, type RmspropOptions } from "./rmsprop.ts";

test("maxPool2d: the first of equal maxima takes the whole gradient", () => {
  const options = { window: [2, 2], strides: [2, 2], padding: "valid" } as const;
  const { backward } = maxPool2d(Float64Array.of(1, 2, 2, 1), [1, 1, 2, 2], options);
  expect([...backward(Float64Array.of(5)).dx]).toEqual([0, 5, 0, 0]);
});

test("maxPool2d: padding does not win over negative values", () => {
  const options = { window: [3, 3], strides: [1, 1], padding: "same" } as const;
  const { y } = maxPool2d(Float64Array.of(-4, -3, -2, -1), [1, 1, 2, 2], options);
  expect([...y]).toEqual([-1, -1, -1, -1]);
});

test("relu and leakyRelu: the slope at exactly 0 is that of the negative side", () => {
  const [x, dy] = [Float64Array.of(0), Float64Array.of(3)];
  expect([...relu(x, [1]).backward(dy).dx]).toEqual([0]);
  expect([...leakyRelu(x, [1], 0.5).backward(dy).dx]).toEqual([1.5]);
});

test("conv2d correlates: the window is not flipped", () => {
  const options = { strides: [1, 1], padding: "valid" } as const;
  const { y } = conv2d(Float64Array.of(1, 2, 4), [1, 1, 1, 3], Float64Array.of(1, 10), [1, 1, 1, 2], null, options);
  expect([...y]).toEqual([21, 42]);
});

describe("rmsprop: where epsilon stands", () => {
  const keras: RmspropOptions = {
    learningRate: 0.001,
    rho: 0.9,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
    epsilonPlacement: "inside",
  };
  /** The first step from 0 with the gradient 1e-4, so v = 1e-9, in units of the learning rate. */
  const firstStep = (options: Partial<RmspropOptions>): number[] => {
    const { w } = rmsprop(Float64Array.of(0), Float64Array.of(1e-4), rmspropState(1), { ...keras, ...options });
    return [-w[0] / keras.learningRate];
  };

  test("inside the root a small gradient moves ten times less", () => {
    expectClose(firstStep({}), [1e-4 / Math.sqrt(1.01e-7)], { rtol: 1e-9 });
    expectClose(firstStep({ epsilonPlacement: "outside" }), [1e-4 / (Math.sqrt(1e-9) + 1e-7)], { rtol: 1e-9 });
  });
  test("outside and centered: the root is of v - m²", () => {
    const options = { epsilonPlacement: "outside", centered: true } as const;
    expectClose(firstStep(options), [1e-4 / (Math.sqrt(1e-9 - 1e-10) + 1e-7)], { rtol: 1e-9 });
  });
  test("with momentum, outside means inside, as in Keras's legacy optimizer", () => {
    const momentum = 0.5;
    expect(firstStep({ momentum, epsilonPlacement: "outside" })).toEqual(firstStep({ momentum }));
  });
});
