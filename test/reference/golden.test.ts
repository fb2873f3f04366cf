/** Each reference equals tfjs, an independent implementation; tfjs computes in float32. */
import { describe, expect, test } from "vitest";
import type { Pair } from "../../src/shape.ts";
import type { GoldenTensor } from "../golden/codec.ts";
import { loadOpGoldens } from "../golden/ops.ts";
import { expectClose } from "../support/close.ts";
import { batchNorm } from "./batchNorm.ts";
import { batchNormCases, byLabel, conv2dCases, denseCases, maxPool2dCases, rmspropCases } from "./cases.ts";
import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { leakyRelu } from "./leakyRelu.ts";
import { maxPool2d } from "./maxPool2d.ts";
import { mse } from "./mse.ts";
import { relu } from "./relu.ts";
import { rmsprop, rmspropState } from "./rmsprop.ts";

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
  test.each(byLabel(goldens.dropout))("dropout: %s", (_, { options, tensors: { x, keep, dy, ...expected } }) => {
    const { y, backward } = dropout(float64(x), x.shape, options.rate, keep.values);
    expect(new Set(keep.values), "some dropped and some kept").toEqual(new Set([0, 1]));
    expectFloat32(y, expected.y);
    expectFloat32(backward(float64(dy)).dx, expected.dx);
  });
});

test.each(byLabel(goldens.mse))("mse: %s", (_, { tensors: { prediction, target, ...expected } }) => {
  const { loss, backward } = mse(float64(prediction), float64(target));
  expectFloat32(Float64Array.of(loss), expected.loss);
  expectFloat32(backward().dprediction, expected.dprediction);
});

test.each(byLabel(goldens.rmsprop))("rmsprop: %s", (_, { options, tensors: { initial, gradients, trained } }) => {
  const [steps, size] = gradients.shape;
  let [w, state] = [float64(initial), rmspropState(size)];
  const values = Array.from({ length: steps }, (_, step) => {
    const gradient = float64(gradients).subarray(step * size, (step + 1) * size);
    ({ w, state } = rmsprop(w, gradient, state, options));
    return [...w];
  });
  expectFloat32(Float64Array.from(values.flat()), trained);
});
