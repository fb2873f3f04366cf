import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { estimate, estimateRatio, median } from "../../src/gpu/statistics.ts";
import { RandomStream } from "../../src/rng.ts";

const normal = (count: number, mean: number, deviation: number, lane: number): number[] => {
  const random = new RandomStream(1, "test/times", lane);
  return Array.from({ length: count }, () => random.normal(mean, deviation));
};

test("the median of an odd and of an even number of values, in any order", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(new UsageError("median: expected at least one value, got none"));
});

test("the same values give the same interval", () => {
  const values = normal(9, 10, 1, 0);
  expect(estimate(values)).toEqual(estimate(values));
});

test("values that are all equal leave no doubt", () => {
  expect(estimate([2, 2, 2, 2])).toEqual({ median: 2, low: 2, high: 2 });
});

test("one outlier in nine moves neither the median nor the interval's lower end", () => {
  const { median: middle, low, high } = estimate([1, 1, 1, 1, 1, 1, 1, 1, 100]);
  expect([middle, low, high]).toEqual([1, 1, 1]);
});

test("the interval covers the true median nineteen times of twenty", () => {
  const trials = 200;
  const covered = Array.from({ length: trials }, (_, lane) => estimate(normal(15, 10, 1, lane))).filter(
    ({ low, high }) => low <= 10 && 10 <= high,
  );
  // The bootstrap of a median is conservative: of 200 about 190, give or take three standard deviations of 3.
  expect(covered.length).toBeGreaterThanOrEqual(181);
  expect(covered.length).toBeLessThan(200);
});

test("pairs cancel what slowed both", () => {
  const machine = normal(15, 1, 0.3, 7).map(Math.abs);
  const slow = machine.map((load) => 1.1 * (load + 1));
  const fast = machine.map((load) => load + 1);
  const paired = estimateRatio(slow, fast, { paired: true });
  expect(paired.median).toBeCloseTo(1.1, 10);
  expect(paired.high - paired.low).toBeLessThan(1e-9);
  const apart = estimateRatio(slow, fast, { paired: false });
  expect(apart.median).toBeCloseTo(1.1, 10);
  expect(apart.high - apart.low).toBeGreaterThan(0.05);
});

test("pairs of unlike length are refused", () => {
  expect(() => estimateRatio([1, 2], [1], { paired: true })).toThrow(
    new UsageError("ratio: expected two series of as many rounds, got 2 and 1"),
  );
});
