/** The tools that the other tests trust. */
import { describe, expect, test } from "vitest";
import { expectClose, norm, relativeDistance } from "../support/close.ts";
import { numericGradient } from "../support/numeric-gradient.ts";
import { distinct, uniform } from "../support/values.ts";

describe("expectClose", () => {
  test("passes at the bound", () => {
    expectClose([1.5, -2.5], [1, -2], { atol: 0.5 });
    expectClose([1.5, -3], [1, -2], { rtol: 0.5 });
  });
  test("names the worst index, both values and the count", () => {
    expect(() => expectClose([1, 2.5, 9, 4], [1, 2, 3, 4], { rtol: 0.1 })).toThrow(
      "2 of 4 values differ by more than 0 + 0.1 * |expected|; worst at 2: got 9, expected 3 (difference 6)",
    );
  });
  test("NaN and infinity are never close", () => {
    expect(() => expectClose([NaN], [NaN], { atol: 1 })).toThrow("worst at 0: got NaN, expected NaN");
    expect(() => expectClose([9, NaN], [1, 1], { atol: 1 })).toThrow("2 of 2 values");
    expect(() => expectClose([Infinity], [Infinity], { rtol: 1 })).toThrow("got Infinity");
  });
  test("another length", () => {
    expect(() => expectClose([1], [1, 2], { atol: 9 })).toThrow("expected 2 values, got 1");
  });
});

test("relativeDistance is of Euclidean norms", () => {
  expect(norm([3, 4])).toBe(5);
  expect(relativeDistance([3, 5], [3, 4])).toBeCloseTo(0.2, 15);
  expect(relativeDistance([0, 0], [0, 0])).toBe(0);
  expect(() => relativeDistance([1], [1, 2])).toThrow("expected 2 values, got 1");
});

test("numericGradient is the transposed Jacobian times dy", () => {
  const f = ([a, b]: Float64Array): number[] => [a * b, a * a, 7];
  expectClose(numericGradient(f, Float64Array.of(2, 3), [1, 10, 100], 1e-4), [43, 2], { rtol: 1e-10 });
});

describe("values", () => {
  test("distinct: apart from each other and from 0, exact in float32, shuffled", () => {
    const values = distinct([5, 7], 1);
    const sorted = [...values].sort((a, b) => a - b);
    const gaps = sorted.slice(1).map((value, i) => value - sorted[i]);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1e-2);
    expect(Math.min(...sorted.map(Math.abs))).toBe(1 / 128);
    expect(values.map(Math.fround)).toEqual(values);
    expect([...values]).not.toEqual(sorted);
    expect(distinct([5, 7], 2)).not.toEqual(values);
  });
  test("uniform: within bounds, exact in float32, a function of its seed", () => {
    const values = uniform([10, 30], 1, -2, 3);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.min(...values)).toBeLessThan(-1.9);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(Math.max(...values)).toBeGreaterThan(2.9);
    expect(values.map(Math.fround)).toEqual(values);
    expect(uniform([10, 30], 1, -2, 3)).toEqual(values);
    expect(uniform([10, 30], 2, -2, 3)).not.toEqual(values);
  });
});
