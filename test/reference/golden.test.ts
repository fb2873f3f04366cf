/** Each reference equals tfjs, an independent implementation; tfjs computes in float32. */
import { describe, expect, test } from "vitest";
import type { Pair } from "../../src/shape.ts";
import type { GoldenTensor } from "../golden/codec.ts";
import { loadOpGoldens } from "../golden/ops.ts";
import { expectClose } from "../support/close.ts";
import { adam, adamState } from "./adam.ts";
import { batchNorm } from "./batchNorm.ts";
import {
  adamCases,
  batchNormCases,
  byLabel,
  conv2dCases,
  denseCases,
  maxPool2dCases,
  rmspropCases,
  sgdCases,
} from "./cases.ts";
import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { huber } from "./huber.ts";
import { leakyRelu } from "./leakyRelu.ts";
import { mae } from "./mae.ts";
import { maxPool2d } from "./maxPool2d.ts";
import { mse } from "./mse.ts";
import { relu } from "./relu.ts";
import { rmsprop, rmspropState } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";
import { softmax } from "./softmax.ts";

const goldens = loadOpGoldens();
const float64 = ({ values }: GoldenTensor): Float64Array => Float64Array.from(values);
const expectFloat32 = (actual: Float64Array, { values }: GoldenTensor, atol = 1e-6): void => {
  expectClose(actual, values, { rtol: 2e-6, atol });
};

test("every case has its golden values", () => {
  const labels = (cases: readonly { readonly label: string }[]): string[] => cases.map(({ label }) => label);
  expect(labels(goldens.conv2d)).toEqual(labels(conv2dCases));
  expect(labels(goldens.batchNorm)).toEqual(labels(batchNormCases));
  expect(labels(goldens.maxPool2d)).toEqual(labels(maxPool2dCases).flatMap((label) => [label, `${label}; with ties`]));
  expect(labels(goldens.dense)).toEqual(labels(denseCases));
  expect(labels(goldens.rmsprop)).toEqual(labels(rmspropCases));
  expect(labels(goldens.adam)).toEqual(labels(adamCases));
  expect(labels(goldens.sgd)).toEqual(labels(sgdCases));
});

test.each(byLabel(goldens.conv2d))("conv2d: %s", (_, { options, tensors: { x, w, bias, dy, ...expected } }) => {
  const { y, shape, backward } = conv2d(float64(x), x.shape, float64(w), w.shape, float64(bias), options);
  const { dx, dw, dbias } = backward(float64(dy));
  expect(shape).toEqual(expected.y.shape);
  expectFloat32(y, expected.y);
  expectFloat32(dx, expected.dx);
  expectFloat32(dw, expected.dw);
  expectFloat32(dbias, expected.dbias);
});

test.each(byLabel(goldens.batchNorm))(
  "batchNorm: %s",
  (_, { options, tensors: { x, gamma, beta, dy, ...expected } }) => {
    const moving = { movingMean: float64(expected.movingMean), movingVariance: float64(expected.movingVariance) };
    const reference = batchNorm(float64(x), x.shape, float64(gamma), float64(beta), { ...options, ...moving });
    const { dx, dgamma, dbeta } = reference.backward(float64(dy));
    expectFloat32(reference.y, expected.y);
    expectFloat32(reference.movingMean, expected.newMovingMean);
    expectFloat32(reference.movingVariance, expected.newMovingVariance);
    // A difference of almost equal numbers where a channel has few values.
    expectFloat32(dx, expected.dx, 4e-6);
    expectFloat32(dgamma, expected.dgamma);
    expectFloat32(dbeta, expected.dbeta);
  },
);

test.each(byLabel(goldens.maxPool2d))("maxPool2d: %s", (_, { options, tensors: { x, dy, ...expected } }) => {
  const { y, shape, backward } = maxPool2d(float64(x), x.shape, options);
  expect(shape).toEqual(expected.y.shape);
  expectFloat32(y, expected.y);
  expectFloat32(backward(float64(dy)).dx, expected.dx);
});

test.each(byLabel(goldens.dense))("dense: %s", (_, { options, tensors: { x, w, bias, dy, ...expected } }) => {
  const [xShape, wShape] = [x.shape, w.shape].map(([rows, columns]): Pair => [rows, columns]);
  const { y, backward } = dense(float64(x), xShape, float64(w), wShape, float64(bias), options);
  const { dx, dw, dbias } = backward(float64(dy));
  expectFloat32(y, expected.y);
  expectFloat32(dx, expected.dx);
  expectFloat32(dw, expected.dw);
  expectFloat32(dbias, expected.dbias);
});

describe("element by element", () => {
  test.each(byLabel(goldens.relu))("relu: %s", (_, { tensors: { x, dy, ...expected } }) => {
    const { y, backward } = relu(float64(x), x.shape);
    expectFloat32(y, expected.y);
    expectFloat32(backward(float64(dy)).dx, expected.dx);
  });
  test.each(byLabel(goldens.leakyRelu))("leakyRelu: %s", (_, { options, tensors: { x, dy, ...expected } }) => {
    const { y, backward } = leakyRelu(float64(x), x.shape, options.alpha);
    expectFloat32(y, expected.y);
    expectFloat32(backward(float64(dy)).dx, expected.dx);
  });
  test.each(byLabel(goldens.softmax))("softmax: %s", (_, { tensors: { x, dy, ...expected } }) => {
    const { y, backward } = softmax(float64(x), x.shape);
    expectFloat32(y, expected.y);
    expectFloat32(backward(float64(dy)).dx, expected.dx);
  });
  test.each(byLabel(goldens.dropout))("dropout: %s", (_, { options, tensors: { x, keep, dy, ...expected } }) => {
    const { y, backward } = dropout(float64(x), x.shape, options.rate, keep.values);
    expect(new Set(keep.values), "some dropped and some kept").toEqual(new Set([0, 1]));
    expectFloat32(y, expected.y);
    expectFloat32(backward(float64(dy)).dx, expected.dx);
  });
});

describe.each([
  ["mse", mse, goldens.mse],
  ["mae", mae, goldens.mae],
  ["huber", huber, goldens.huber],
] as const)("%s", (_, reference, goldens) => {
  test.each(byLabel(goldens))("%s", (_, { tensors: { prediction, target, ...expected } }) => {
    const { loss, backward } = reference(float64(prediction), float64(target));
    const errors = float64(prediction).map((p, i) => Math.abs(p - target.values[i]));
    expect(new Set(errors.map((error) => Number(error < 1))), "errors below and above 1").toEqual(new Set([0, 1]));
    expectFloat32(Float64Array.of(loss), expected.loss);
    expectFloat32(backward().dprediction, expected.dprediction);
  });
});

/** Takes the golden file's steps with a reference and compares the tensor after each. */
function expectTrajectory(
  { initial, gradients, trained }: Readonly<Record<"initial" | "gradients" | "trained", GoldenTensor>>,
  step: (w: Float64Array, gradient: Float64Array) => Float64Array,
): void {
  const [steps, size] = gradients.shape;
  let w = float64(initial);
  const values = Array.from({ length: steps }, (_, index) => {
    w = step(w, float64(gradients).subarray(index * size, (index + 1) * size));
    return [...w];
  });
  expectFloat32(Float64Array.from(values.flat()), trained);
}

test.each(byLabel(goldens.rmsprop))("rmsprop: %s", (_, { options, tensors }) => {
  let state = rmspropState(tensors.gradients.shape[1]);
  expectTrajectory(tensors, (before, gradient) => {
    const after = rmsprop(before, gradient, state, options);
    state = after.state;
    return after.w;
  });
});

test.each(byLabel(goldens.adam))("adam: %s", (_, { options, tensors }) => {
  let state = adamState(tensors.gradients.shape[1]);
  expectTrajectory(tensors, (before, gradient) => {
    const after = adam(before, gradient, state, options);
    state = after.state;
    return after.w;
  });
});

test.each(byLabel(goldens.sgd))("sgd: %s", (_, { options, tensors }) => {
  let velocity = new Float64Array(tensors.gradients.shape[1]);
  expectTrajectory(tensors, (before, gradient) => {
    const after = sgd(before, gradient, velocity, options);
    velocity = Float64Array.from(after.velocity);
    return after.w;
  });
});
