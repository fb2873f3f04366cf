/** The backward pass of each reference equals central differences of its forward pass. */
import { describe, expect, test } from "vitest";
import { sizeOf, type Shape } from "../../src/shape.ts";
import { expectClose } from "../support/close.ts";
import { numericGradient } from "../support/numeric-gradient.ts";
import { distinct, uniform } from "../support/values.ts";
import { batchNorm, type BatchNormOptions } from "./batchNorm.ts";
import {
  batchNormCases,
  byLabel,
  conv2dCases,
  crop2dCases,
  denseCases,
  denseNormCases,
  maxPool2dCases,
  softmaxCases,
} from "./cases.ts";
import { conv2d } from "./conv2d.ts";
import { crop2d } from "./crop2d.ts";
import { dense } from "./dense.ts";
import { denseNorm, type DenseNormParameters } from "./denseNorm.ts";
import { dropout } from "./dropout.ts";
import { huber } from "./huber.ts";
import { leakyRelu } from "./leakyRelu.ts";
import { mae } from "./mae.ts";
import { maxPool2d } from "./maxPool2d.ts";
import { mse } from "./mse.ts";
import type { Reference } from "./reference.ts";
import { relu } from "./relu.ts";
import { softmax } from "./softmax.ts";

/** Far below the distance of `distinct` values to a kink or a tie. */
const step = 1e-4;
/** Batch normalisation is curved: the truncation error falls with the square of the step, rounding rises. */
const curvedStep = 2e-5;
const tolerance = { rtol: 1e-7, atol: 1e-9 };

/** Checks one gradient: `f` runs the reference with one of its inputs replaced. */
function check(
  gradient: Float64Array,
  input: Float64Array,
  dy: Float64Array,
  f: (input: Float64Array) => Pick<Reference<unknown>, "y">,
  epsilon = step,
): void {
  expectClose(
    gradient,
    numericGradient((moved) => f(moved).y, input, dy, epsilon),
    tolerance,
  );
}

/** A case whose sums come near the kink of a fused ReLU needs another seed, not another tolerance. */
function expectOffKink(sums: Float64Array): void {
  expect(Math.min(...sums.map(Math.abs)), "distance of the ReLU's input from 0").toBeGreaterThan(10 * step);
}

describe.each(byLabel(conv2dCases))("conv2d: %s", (_, { x: xShape, w: wShape, relu, ...rest }) => {
  const options = { ...rest, relu };
  const [x, w, bias] = [distinct(xShape, 1), distinct(wShape, 2), uniform([wShape[0]], 3, -1, 1)];
  const reference = conv2d(x, xShape, w, wShape, bias, options);
  const dy = uniform(reference.shape, 4, -1, 1);
  const { dx, dw, dbias } = reference.backward(dy);

  test("no sum near the kink", () => {
    if (relu) expectOffKink(conv2d(x, xShape, w, wShape, bias, { ...options, relu: false }).y);
  });
  test("dx", () => {
    check(dx, x, dy, (x) => conv2d(x, xShape, w, wShape, bias, options));
  });
  test("dw", () => {
    check(dw, w, dy, (w) => conv2d(x, xShape, w, wShape, bias, options));
  });
  test("dbias", () => {
    check(dbias, bias, dy, (bias) => conv2d(x, xShape, w, wShape, bias, options));
  });
});

test("conv2d: no bias is a bias of zeros", () => {
  const { x: xShape, w: wShape, ...options } = conv2dCases[0];
  const [x, w] = [distinct(xShape, 1), distinct(wShape, 2)];
  const zeros = new Float64Array(wShape[0]);
  expect(conv2d(x, xShape, w, wShape, null, options).y).toEqual(conv2d(x, xShape, w, wShape, zeros, options).y);
});

describe.each(byLabel(batchNormCases))("batchNorm: %s", (_, { x: shape, ...rest }) => {
  const channels: Shape = [shape[1]];
  const options: BatchNormOptions = {
    ...rest,
    movingMean: uniform(channels, 5, -1, 1),
    movingVariance: uniform(channels, 6, 0.5, 2),
  };
  // Spread out: the smaller the variance, the more curved.
  const x = distinct(shape, 1).map((value) => 8 * value);
  const [gamma, beta] = [uniform(channels, 2, 0.5, 1.5), uniform(channels, 3, -1, 1)];
  const dy = uniform(shape, 4, -1, 1);
  const { dx, dgamma, dbeta } = batchNorm(x, shape, gamma, beta, options).backward(dy);

  test("dx", () => {
    check(dx, x, dy, (x) => batchNorm(x, shape, gamma, beta, options), curvedStep);
  });
  test("dgamma", () => {
    check(dgamma, gamma, dy, (gamma) => batchNorm(x, shape, gamma, beta, options));
  });
  test("dbeta", () => {
    check(dbeta, beta, dy, (beta) => batchNorm(x, shape, gamma, beta, options));
  });
});

test.each(byLabel(maxPool2dCases))("maxPool2d: %s", (_, { x: xShape, ...options }) => {
  const x = distinct(xShape, 1);
  const reference = maxPool2d(x, xShape, options);
  const dy = uniform(reference.shape, 2, -1, 1);
  check(reference.backward(dy).dx, x, dy, (x) => maxPool2d(x, xShape, options));
});

test.each(byLabel(crop2dCases))("crop2d: %s", (_, { x: xShape, size }) => {
  const x = distinct(xShape, 1);
  const reference = crop2d(x, xShape, size);
  const dy = uniform(reference.shape, 2, -1, 1);
  check(reference.backward(dy).dx, x, dy, (x) => crop2d(x, xShape, size));
});

test.each(byLabel(softmaxCases))("softmax: %s", (_, { x: xShape, scale }) => {
  const [x, dy] = [uniform(xShape, 1, -scale, scale), uniform(xShape, 2, -1, 1)];
  check(softmax(x, xShape).backward(dy).dx, x, dy, (x) => softmax(x, xShape), curvedStep);
});

describe.each(byLabel(denseCases))("dense: %s", (_, { x: xShape, outputs, relu }) => {
  const wShape = [xShape[1], outputs] as const;
  const [x, w, bias] = [distinct(xShape, 1), distinct(wShape, 2), uniform([outputs], 3, -1, 1)];
  const reference = dense(x, xShape, w, wShape, bias, { relu });
  const dy = uniform(reference.shape, 4, -1, 1);
  const { dx, dw, dbias } = reference.backward(dy);

  test("no sum near the kink", () => {
    if (relu) expectOffKink(dense(x, xShape, w, wShape, bias).y);
  });
  test("dx", () => {
    check(dx, x, dy, (x) => dense(x, xShape, w, wShape, bias, { relu }));
  });
  test("dw", () => {
    check(dw, w, dy, (w) => dense(x, xShape, w, wShape, bias, { relu }));
  });
  test("dbias", () => {
    check(dbias, bias, dy, (bias) => dense(x, xShape, w, wShape, bias, { relu }));
  });
});

describe.each(byLabel(denseNormCases))("denseNorm: %s", (_, { x: xShape, outputs, rate, ...norm }) => {
  const wShape = [xShape[1], outputs] as const;
  const x = distinct(xShape, 1);
  const parameters = {
    w: distinct(wShape, 2).map((value) => 8 * value),
    bias: uniform([outputs], 3, -1, 1),
    gamma: uniform([outputs], 5, 0.5, 1.5),
    beta: uniform([outputs], 6, -1, 1),
  };
  const options = {
    ...{ ...norm, rate, movingMean: new Float64Array(outputs), movingVariance: new Float64Array(outputs) },
    keep: uniform([xShape[0], outputs], 7, 0, 1).map((u) => (u < rate ? 0 : 1)),
  };
  const dy = uniform([xShape[0], outputs], 4, -1, 1);
  const gradients = denseNorm(x, xShape, parameters, options).backward(dy);

  test("no sum near the kink", () => {
    if (norm.relu) expectOffKink(dense(x, xShape, parameters.w, wShape, parameters.bias).y);
  });
  test("dx", () => {
    check(gradients.dx, x, dy, (x) => denseNorm(x, xShape, parameters, options), curvedStep);
  });
  test.each<[keyof DenseNormParameters, keyof typeof gradients]>([
    ["w", "dw"],
    ["bias", "dbias"],
    ["gamma", "dgamma"],
    ["beta", "dbeta"],
  ])("of %s", (name, gradient) => {
    const moved = (value: Float64Array) => denseNorm(x, xShape, { ...parameters, [name]: value }, options);
    check(gradients[gradient], parameters[name], dy, moved, curvedStep);
  });
});

describe("element by element", () => {
  const shape: Shape = [3, 2, 3, 5];
  const [x, dy] = [distinct(shape, 1), uniform(shape, 2, -1, 1)];
  const keep = uniform(shape, 3, 0, 1).map((u) => (u < 0.3 ? 0 : 1));
  test.each<[string, (x: Float64Array) => Reference<{ readonly dx: Float64Array }>]>([
    ["relu", (x) => relu(x, shape)],
    ["leakyRelu", (x) => leakyRelu(x, shape, 0.2)],
    ["dropout", (x) => dropout(x, shape, 0.3, keep)],
    ["dropout at rate 0 is the identity", (x) => dropout(x, shape, 0, keep.fill(1))],
  ])("%s", (_, f) => {
    check(f(x).backward(dy).dx, x, dy, f);
  });
});

test.each([
  ["mse", mse],
  ["mae", mae],
  ["huber", huber],
])("%s", (_, reference) => {
  const shape: Shape = [5, 3];
  // Errors are odd multiples of 1/16 to both sides of ±1, so none is at a kink.
  const prediction = distinct(shape, 1).map((value) => 16 * value);
  const target = distinct(shape, 2).map((value) => 8 * value + 1 / 8);
  const errors = prediction.map((p, i) => Math.abs(p - target[i]));
  expect([Math.min(...errors) < 1, Math.max(...errors) > 1]).toEqual([true, true]);
  const { dprediction } = reference(prediction, target).backward();
  const loss = (prediction: Float64Array) => ({ y: Float64Array.of(reference(prediction, target).loss) });
  check(dprediction, prediction, Float64Array.of(1), loss);
  expect(dprediction).toHaveLength(sizeOf(shape));
});
