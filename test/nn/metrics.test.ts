import { describe, expect, test } from "vitest";
import { DataError, ShapeError, UsageError } from "../../src/errors.ts";
import { regressionMetrics } from "../../src/nn/metrics.ts";

/** Three rows of two outputs; every value and error is exact in float32. */
const target = Float32Array.of(1, 2, 3, 4, 5, 8);
const prediction = Float32Array.of(1.5, 2, 2, 4, 5, 6);
const metrics = regressionMetrics(prediction, target, ["a", "b"], 2);

describe("regressionMetrics by hand", () => {
  test("overall: all six values, one mean", () => {
    // Errors .5 0 1 0 0 2, squares .25 0 1 0 0 4; the mean of the targets is 23/6, and Σy² = 119.
    const total = 119 - 23 ** 2 / 6;
    expect(metrics.n).toBe(3);
    expect(metrics.mse).toBeCloseTo(5.25 / 6, 14);
    expect(metrics.mae).toBeCloseTo(3.5 / 6, 14);
    expect(metrics.rmse).toBeCloseTo(Math.sqrt(5.25 / 6), 14);
    expect(metrics.mape).toBeCloseTo((100 * (0.5 + 1 / 3 + 2 / 8)) / 6, 12);
    expect(metrics.r2).toBeCloseTo(1 - 5.25 / total, 14);
  });

  test("each output: its column and the column's own mean", () => {
    const [a, b] = metrics.outputs;
    // a: targets 1 3 5, predictions 1.5 2 5, centred squares 4 0 4.
    expect(a.name).toBe("a");
    expect(a.mse).toBeCloseTo(1.25 / 3, 14);
    expect(a.mae).toBeCloseTo(0.5, 14);
    expect(a.rmse).toBeCloseTo(Math.sqrt(1.25 / 3), 14);
    expect(a.mape).toBeCloseTo((100 * (0.5 + 1 / 3)) / 3, 12);
    expect(a.r2).toBeCloseTo(1 - 1.25 / 8, 14);
    // b: targets 2 4 8 with mean 14/3, predictions 2 4 6.
    expect(b.mse).toBeCloseTo(4 / 3, 14);
    expect(b.r2).toBeCloseTo(1 - 4 / (84 - 14 ** 2 / 3), 14);
  });

  test("keras: unweighted means over a batch of two rows and a batch of one", () => {
    // Batch 1: targets 1 2 3 4, squares .25 0 1 0, total 5. Batch 2: targets 5 8, squares 0 4, total 4.5.
    expect(metrics.keras.rmse).toBeCloseTo((Math.sqrt(1.25 / 4) + Math.sqrt(4 / 2)) / 2, 14);
    expect(metrics.keras.r2).toBeCloseTo((1 - 1.25 / (5 + 1e-7) + 1 - 4 / (4.5 + 1e-7)) / 2, 14);
  });

  test("the two conventions agree, up to epsilon, when one batch holds the set", () => {
    const whole = regressionMetrics(prediction, target, ["a", "b"], 100);
    expect(whole.keras.rmse).toBe(whole.rmse);
    expect(whole.keras.r2).toBeCloseTo(whole.r2!, 7);
    expect(whole.keras.r2).not.toBe(whole.r2);
  });
});

test("MAPE divides by 1e-7 where the target is zero", () => {
  const { mape } = regressionMetrics(Float32Array.of(2 ** -24), Float32Array.of(0), ["a"], 1);
  expect(mape).toBeCloseTo(100 * (2 ** -24 / 1e-7), 10);
});

test("a constant column has no R², even where its mean does not round to the constant", () => {
  const constant = Math.fround(0.1);
  const targets = Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? constant : i));
  const { r2, outputs } = regressionMetrics(new Float32Array(20), targets, ["constant", "varying"], 4);
  expect(outputs[0].r2).toBeNull();
  expect(outputs[1].r2).toBeLessThan(0);
  expect(r2).toBeLessThan(1);
  const flat = regressionMetrics(new Float32Array(3), new Float32Array(3).fill(constant), ["flat"], 2);
  expect(flat.r2).toBeNull();
  expect(Number.isFinite(flat.keras.r2)).toBe(true);
  expect(JSON.stringify(flat)).not.toMatch(/NaN|Infinity/);
});

test("an offset of the targets does not cancel away their variance", () => {
  const offset = 2 ** 20;
  const targets = Float32Array.of(offset, offset + 0.25, offset + 0.5, offset + 0.75);
  const { r2 } = regressionMetrics(
    targets.map((y) => y + 0.125),
    targets,
    ["a"],
    4,
  );
  expect(r2).toBeCloseTo(1 - (4 * 0.125 ** 2) / 0.3125, 12);
});

describe("what regressionMetrics refuses", () => {
  const two = new Float32Array(2);
  test.each([
    ["lengths that differ", new Float32Array(4), two, ["a"]],
    ["a ragged last row", new Float32Array(3), new Float32Array(3), ["a", "b"]],
    ["nothing", new Float32Array(0), new Float32Array(0), ["a"]],
    ["no outputs", two, two, []],
  ])("%s", (_, predictions, targets, outputs) => {
    expect(() => regressionMetrics(predictions, targets, outputs, 1)).toThrow(ShapeError);
  });

  test.each([0, -1, 1.5, NaN])("a batch of %s", (batch) => {
    expect(() => regressionMetrics(two, two, ["a"], batch)).toThrow(UsageError);
  });

  test("a value that is not finite, by row and output", () => {
    const broken = Float32Array.of(0, 0, 0, NaN);
    expect(() => regressionMetrics(broken, new Float32Array(4), ["a", "b"], 1)).toThrow(
      new DataError('regressionMetrics: expected finite predictions, got NaN in row 1, output "b"'),
    );
    expect(() => regressionMetrics(new Float32Array(4), broken, ["a", "b"], 1)).toThrow(/finite targets/);
  });
});
