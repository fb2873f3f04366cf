import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { epochTicks, linearTicks, logTicks, scoreText, spread, tickText } from "../../src/report/figures/axes.ts";
import { extentOf } from "../../src/report/figures/extent.ts";

test.each([
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [-1.05, 1, 5, [-1, -0.5, 0, 0.5, 1]],
  [3, 11, 4, [4, 6, 8, 10]],
  [0, 0.0085, 5, [0, 0.002, 0.004, 0.006, 0.008]],
])("linear ticks from %d to %d, about %d", (low, high, count, ticks) => {
  expect(linearTicks(low, high, count)).toEqual(ticks);
});

test.each([
  [0.006, 1.3, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]],
  [60, 2e7, [100, 1000, 1e4, 1e5, 1e6, 1e7]],
])("logarithmic ticks from %d to %d", (low, high, ticks) => {
  expect(logTicks(low, high)).toEqual(ticks);
});

test.each([
  [1, [1]],
  [2, [1, 2]],
  [5, [1, 2, 3, 4, 5]],
  [40, [1, 10, 20, 30, 40]],
  [200, [1, 50, 100, 150, 200]],
])("ticks of %d epochs are whole", (last, ticks) => {
  expect(epochTicks(last)).toEqual(ticks);
});

test.each([
  [0.05, "0.05"],
  [-1.5, "−1.5"],
  [1000, "1,000"],
  [1e4, "10⁴"],
  [2e-5, "2·10⁻⁵"],
])("tick %d reads %s", (value, text) => {
  expect(tickText(value)).toBe(text);
});

test.each([
  [0.00723, "0.00723"],
  [0.0085, "0.0085"],
  [0.7576, "0.7576"],
  [-36.0784, "−36.1"],
  [1.736, "1.736"],
  [1024.41, "1,024"],
  [9.77e6, "9.77·10⁶"],
  [0, "0.0000"],
])("score %d reads %s", (value, text) => {
  expect(scoreText(value)).toBe(text);
});

describe("labels beside a plot", () => {
  test("stay where they are if there is room", () => {
    expect(spread([80, 10, 40], 15, 0, 100)).toEqual([80, 10, 40]);
  });

  test("that collide are centred on where they wanted to be", () => {
    expect(spread([50, 50, 53], 15, 0, 100)).toEqual([36, 51, 66]);
  });

  test("at an edge move inwards", () => {
    expect(spread([99, 98, 2], 15, 0, 100)).toEqual([100, 85, 2]);
  });

  test("never collide, and keep their order", () => {
    const wanted = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(wanted, (values) => {
        const places = spread(values, 17, 0, 300);
        const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
        const sorted = order.map((i) => places[i]);
        sorted.forEach((place, i) => {
          expect(place).toBeGreaterThanOrEqual(i === 0 ? 0 : sorted[i - 1] + 17 - 1e-9);
          expect(place).toBeLessThanOrEqual(300);
        });
      }),
    );
  });
});

test("the extent of more values than a call takes arguments", () => {
  expect(extentOf(Array.from({ length: 300_000 }, (_, i) => i - 7))).toEqual([-7, 299_992]);
});
