import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { studentQuantile, studentTwoSided } from "../../src/nn/student-t.ts";

describe("the quantile", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: upper critical values, here two-sided.
  test.each([
    [0.8, 1, 3.078],
    [0.9, 1, 6.314],
    [0.95, 1, 12.706],
    [0.99, 1, 63.657],
    [0.998, 1, 318.309],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.8, 4, 1.533],
    [0.9, 4, 2.132],
    [0.95, 4, 2.776],
    [0.98, 4, 3.747],
    [0.99, 4, 4.604],
    [0.95, 5, 2.571],
    [0.95, 9, 2.262],
    [0.99, 9, 3.25],
    [0.95, 30, 2.042],
    [0.95, 100, 1.984],
  ])("of %d with %d degrees of freedom is the published %d", (confidence, freedom, expected) => {
    expect(studentQuantile(confidence, freedom)).toBeCloseTo(expected, 3);
  });

  test("has closed forms for one and for two degrees of freedom", () => {
    for (const confidence of [0.001, 0.1, 0.5, 0.9, 0.95, 0.999, 0.999999]) {
      const ofOne = Math.tan((Math.PI * confidence) / 2);
      expect(studentQuantile(confidence, 1) / ofOne).toBeCloseTo(1, 9);
      const ofTwo = confidence * Math.sqrt(2 / (1 - confidence ** 2));
      expect(studentQuantile(confidence, 2) / ofTwo).toBeCloseTo(1, 9);
    }
  });

  test("goes to that of the normal distribution", () => {
    // The next term of the expansion (Abramowitz and Stegun 26.7.5) is (z³ + z) / (4 · freedom).
    const z = 1.959963984540054;
    expect(studentQuantile(0.95, 1e6)).toBeCloseTo(z + (z ** 3 + z) / 4e6, 9);
  });

  test("of no confidence is 0", () => expect(studentQuantile(0, 4)).toBeLessThan(1e-12));
});

describe("the p-value", () => {
  test("has a closed form for four degrees of freedom", () => {
    // P(|T| <= t) = sin θ (1 + cos²θ / 2), tan θ = t / 2: Abramowitz and Stegun 26.7.4.
    for (const t of [0, 0.01, 0.5, 1, 2, 5, 40]) {
      const angle = Math.atan(t / 2);
      const inside = Math.sin(angle) * (1 + Math.cos(angle) ** 2 / 2);
      expect(studentTwoSided(t, 4)).toBeCloseTo(1 - inside, 13);
      expect(studentTwoSided(-t, 4)).toBe(studentTwoSided(t, 4));
    }
  });

  test("undoes the quantile", () => {
    for (const freedom of [1, 2, 3, 4.5, 9, 99]) {
      for (const confidence of [0.1, 0.5, 0.9, 0.99]) {
        expect(studentTwoSided(studentQuantile(confidence, freedom), freedom)).toBeCloseTo(1 - confidence, 12);
      }
    }
  });

  test("far out is small and keeps its digits", () => {
    // P(|T| > t) = 1 - (2 / π) atan t for one degree of freedom, about 2 / (π t).
    expect((studentTwoSided(1e9, 1) * Math.PI * 1e9) / 2).toBeCloseTo(1, 9);
    expect(studentTwoSided(Infinity, 4)).toBe(0);
  });
});

test.each([0, -1, NaN, Infinity])("%d degrees of freedom are refused", (freedom) => {
  const refusal = new UsageError(`student: expected a positive number of degrees of freedom, got ${freedom}`);
  expect(() => studentQuantile(0.95, freedom)).toThrow(refusal);
  expect(() => studentTwoSided(1, freedom)).toThrow(refusal);
});
test.each([1, -0.1, NaN])("a confidence of %d is refused", (confidence) => {
  const refusal = new UsageError(`student: expected a confidence from 0 to below 1, got ${confidence}`);
  expect(() => studentQuantile(confidence, 4)).toThrow(refusal);
});
