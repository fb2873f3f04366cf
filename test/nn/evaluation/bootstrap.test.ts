/** Bootstrap intervals against sets that are built one by one and scored by `regressionMetrics`. */
import { describe, expect, test } from "vitest";
import { bootstrapIntervals } from "../../../src/nn/evaluation/bootstrap.ts";
import { quantile } from "../../../src/nn/evaluation/quantile.ts";
import { regressionMetrics, type Scores } from "../../../src/nn/metrics.ts";
import { RandomStream } from "../../../src/rng.ts";

/** Rows of two outputs whose means differ much: sums of squares about one mean must not be those about two. */
function pairsOf(images: number, seed: number) {
  const stream = new RandomStream(seed, "test");
  const target = Float32Array.from({ length: 2 * images }, (_, i) => (i % 2) * 100 + stream.normal());
  const prediction = target.map((y) => y + 0.5 * stream.normal());
  return { prediction, target };
}

/** Sorted scores of the sets, each of whole rows drawn by the same stream. */
function drawnScores({ prediction, target }: ReturnType<typeof pairsOf>, seed: number, resamples: number) {
  const images = target.length / 2;
  return Array.from({ length: resamples }, (_, resample) => {
    const stream = new RandomStream(seed, "bootstrap", resample);
    const rows = Array.from({ length: images }, () => stream.integer(images));
    const of = (values: Float32Array) =>
      Float32Array.from(rows.flatMap((row) => [values[2 * row], values[2 * row + 1]]));
    return regressionMetrics(of(prediction), of(target), ["a", "b"], images);
  });
}

/** As numpy's percentile, by its definition: the value at (n - 1) q in the sorted list. */
function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.trunc(place)], sorted[Math.min(Math.trunc(place) + 1, sorted.length - 1)]];
  return low * (1 - (place % 1)) + high * (place % 1);
}

describe("bootstrapIntervals", () => {
  const pairs = pairsOf(9, 4);
  const intervals = bootstrapIntervals(pairs, 2, { seed: 7, resamples: 60 })!;
  const drawn = drawnScores(pairs, 7, 60);

  test.each(["mse", "mae", "rmse", "mape", "r2"] as const)("%s: percentiles of the sets' scores", (name) => {
    const expected = (scores: Scores[]) => {
      const values = scores.map((own) => own[name]!);
      return [percentile(values, 0.025), percentile(values, 0.975)];
    };
    const found = [intervals.overall, ...intervals.outputs].map((own) => [own[name]!.low, own[name]!.high]);
    const wanted = [expected(drawn), ...[0, 1].map((k) => expected(drawn.map(({ outputs }) => outputs[k])))];
    found.flat().forEach((value, i) => expect(value / wanted.flat()[i]).toBeCloseTo(1, 9));
  });

  test("the same seed gives the same, another does not", () => {
    expect(bootstrapIntervals(pairs, 2, { seed: 7, resamples: 60 })).toEqual(intervals);
    expect(bootstrapIntervals(pairs, 2, { seed: 8, resamples: 60 })).not.toEqual(intervals);
  });

  test("an interval of the MSE is as wide as its standard error says", () => {
    // Squared errors of 400 images, a mean of two normal squares each: ± 1.96 sd / sqrt(400).
    const many = pairsOf(400, 5);
    const perImage = Array.from(
      { length: 400 },
      (_, i) => [0, 1].reduce((sum, k) => sum + (many.target[2 * i + k] - many.prediction[2 * i + k]) ** 2, 0) / 2,
    );
    const mean = perImage.reduce((a, b) => a + b) / 400;
    const error = Math.sqrt(perImage.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399 / 400);
    const { low, high } = bootstrapIntervals(many, 2, { seed: 1, resamples: 1000 })!.overall.mse;
    expect((high - low) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * 1.96 * error)).toBeLessThan(1.1);
  });

  test("one image has none; equal targets have none of R2", () => {
    expect(bootstrapIntervals(pairsOf(1, 1), 2, { seed: 0, resamples: 10 })).toBeNull();
    const flat = { prediction: Float32Array.of(1, 2, 3), target: new Float32Array(3).fill(0.1) };
    const { overall, outputs } = bootstrapIntervals(flat, 1, { seed: 0, resamples: 50 })!;
    expect([overall.r2, outputs[0].r2]).toEqual([null, null]);
    expect(overall.mse.low).toBeGreaterThan(0);
  });

  test("a set of two images may draw one of them twice, which has no R2", () => {
    const two = { prediction: Float32Array.of(0, 1), target: Float32Array.of(0.3, 0.9) };
    expect(bootstrapIntervals(two, 1, { seed: 0, resamples: 50 })!.overall.r2).toBeNull();
  });
});

test("quantile lies between values in proportion", () => {
  expect([0, 0.5, 0.625, 1].map((share) => quantile([1, 2, 4, 8, 16], share))).toEqual([1, 4, 6, 16]);
  expect(quantile([3], 0.975)).toBe(3);
});
