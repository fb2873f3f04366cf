/** Spread, coverage and doubt against values computed by hand. */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../../src/errors.ts";
import { RunningSpread } from "../../../src/nn/evaluation/spread.ts";
import { doubtsOf, doubtThreshold, uncertaintyOf } from "../../../src/nn/evaluation/uncertainty.ts";

describe("RunningSpread", () => {
  test("mean and standard deviation with the divisor n - 1, value by value", () => {
    const spread = new RunningSpread(2);
    for (const values of [[2, 1], [4, 1], [9, 1]]) spread.add(values); // prettier-ignore
    const { mean, sd } = spread.result();
    expect([...mean]).toEqual([5, 1]);
    expect(sd[0]).toBeCloseTo(Math.sqrt((9 + 1 + 16) / 2), 14);
    expect(sd[1]).toBe(0);
  });

  test("a large mean does not cancel a small deviation", () => {
    const spread = new RunningSpread(1);
    for (const value of [1e8, 1e8 + 1, 1e8 + 2]) spread.add([value]);
    expect(spread.result().sd[0]).toBeCloseTo(1, 9);
  });
});

/** Eleven images of two outputs: targets 0, means the errors, so that every share is a count. */
const outputs = ["a", "b"];
const mean = Float64Array.from({ length: 22 }, (_, i) => (i < 4 ? 2 : 1));
const sd = Float64Array.from({ length: 22 }, (_, i) => (i === 0 ? 3 : i === 1 ? 1 : i < 12 ? 0.75 : 0.25));
const uncertainty = uncertaintyOf({ mean, sd }, new Float32Array(22), outputs);

test("coverage: actual values within 1 and 1.96 sd, of all and of each output", () => {
  // Within 1 sd: value 0 (2 of 3). Within 1.96 sd: value 0, and those from 4 to 11 (1 of 1.47); value 1 (2 of 1.96) is not.
  expect(uncertainty.within1sd).toBe(1 / 22);
  expect(uncertainty.within196sd).toBe(9 / 22);
  expect(uncertainty.outputs.map(({ name, within1sd, within196sd }) => [name, within1sd, within196sd])).toEqual([
    ["a", 1 / 11, 5 / 11],
    ["b", 0, 4 / 11],
  ]);
  expect(uncertainty.meanSd).toBeCloseTo((3 + 1 + 10 * 0.75 + 10 * 0.25) / 22, 14);
  expect(uncertainty.outputs[0].meanSd).toBeCloseTo((3 + 5 * 0.75 + 5 * 0.25) / 11, 14);
});

test("the doubtful tenth, rounded up, beside the rest", () => {
  // The doubts: image 0 sqrt(5), images 1 to 5 0.75, others 0.25. The two largest are images 0 and 1, with errors of 2.
  expect([...doubtsOf(sd, 2)].slice(0, 2)).toEqual([Math.sqrt(5), 0.75]);
  expect(uncertainty.doubtful).toEqual({ n: 2, mse: 4, rmse: 2 });
  expect(uncertainty.rest).toEqual({ n: 9, mse: 1, rmse: 1 });
  expect(uncertainty.mse).toBeCloseTo((2 * 4 + 9) / 11, 14);
});

test("one image is doubtful, and there is no rest", () => {
  const one = uncertaintyOf({ mean: mean.slice(0, 2), sd: sd.slice(0, 2) }, new Float32Array(2), outputs);
  expect([one.doubtful.n, one.rest]).toEqual([1, null]);
});

test("the threshold is the doubt that a tenth exceed", () => {
  expect(doubtThreshold(Float64Array.of(10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))).toBe(9);
  expect(doubtThreshold(Float64Array.of(0.5))).toBe(0.5);
});

test("lengths that differ are refused", () => {
  expect(() => uncertaintyOf({ mean, sd }, new Float32Array(20), outputs)).toThrow(
    new ShapeError("uncertaintyOf: expected targets for 22 predictions, got 20"),
  );
});
