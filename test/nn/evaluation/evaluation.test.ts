/** What an evaluation says beside the scores, against values computed by hand. */
import { describe, expect, test } from "vitest";
import { agreementOf } from "../../../src/nn/evaluation/agreement.ts";
import { calibrationOf } from "../../../src/nn/evaluation/calibration.ts";
import { compositionOf } from "../../../src/nn/evaluation/composition.ts";
import { evaluationOf } from "../../../src/nn/evaluation/evaluation.ts";
import { parseRunMetrics } from "../../../src/nn/run-metrics.ts";

/** Four rows of three fractions. Every value is exact in float32. */
const target = Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0, 0.25, 0.75, 0.25, 0, 0.75);
const prediction = Float32Array.of(0.5, 0.5, 0.25, 0.25, 0.25, 0.5, -0.25, 0.5, 0.75, 0.25, 0.25, 1.25);
const outputs = ["a", "b", "c"];
const options = { batch: 2, seed: 0, drawn: null };
const evaluation = evaluationOf({ prediction, target }, outputs, options);

describe("R2 by each convention, by hand", () => {
  // Squared errors: a 0 0 1/16 0, b 1/16 four times, c 0 1/16 0 1/4; their sums 1/16, 4/16, 5/16.
  // Targets have the mean 1/3, and Σy² = a 6/16 + b 6/16 + c 20/16 = 2.
  const total = 2 - 4 ** 2 / 12;

  test("one mean over rows and columns, and what the MSE implies", () => {
    expect(evaluation.mse).toBeCloseTo(10 / 16 / 12, 14);
    expect(evaluation.r2).toBeCloseTo(1 - 10 / 16 / total, 14);
    expect(evaluation.r2By.labelVariance).toBeCloseTo(total / 12, 14);
    // Of fractions, the variance is that about 1/K.
    const aboutThird = [...target].reduce((sum, y) => sum + (y - 1 / 3) ** 2, 0) / 12;
    expect(evaluation.r2By.labelVariance).toBeCloseTo(aboutThird, 14);
    expect(evaluation.r2By.implied).toBeCloseTo(evaluation.r2!, 14);
  });

  test("of each column, as scikit-learn has it, and their mean", () => {
    // Centred squares: a 6/16 - 1/4 = 2/16, b 6/16 - 1/4 = 2/16, c 20/16 - 1 = 4/16.
    const byHand = [1 - 1 / 2, 1 - 4 / 2, 1 - 5 / 4];
    evaluation.outputs.forEach(({ r2 }, k) => expect(r2).toBeCloseTo(byHand[k], 14));
    expect(evaluation.r2By.columns).toBeCloseTo((1 / 2 - 1 - 1 / 4) / 3, 14);
  });

  test("means over batches, as the thesis has them", () => {
    // Batches of two rows: squared errors 3/16 and 7/16; totals 12/16 - 4/6 and 20/16 - 4/6, both means being 1/3.
    const r2 = (1 - 3 / 16 / (12 / 16 - 4 / 6 + 1e-7) + 1 - 7 / 16 / (20 / 16 - 4 / 6 + 1e-7)) / 2;
    expect(evaluation.keras.r2).toBeCloseTo(r2, 12);
    expect(evaluation.keras.rmse).toBeCloseTo((Math.sqrt(3 / 16 / 6) + Math.sqrt(7 / 16 / 6)) / 2, 14);
  });

  test("null where a column does not vary", () => {
    const flat = evaluationOf(
      { prediction: Float32Array.of(1, 2, 3, 4), target: Float32Array.of(1, 5, 1, 6) },
      ["a", "b"],
      options,
    );
    expect(flat.r2By.columns).toBeNull();
    expect(flat.r2By.implied).not.toBeNull();
    const same = evaluationOf({ prediction: Float32Array.of(1, 2), target: Float32Array.of(1, 1) }, ["a"], options);
    expect(same.r2By).toEqual({ labelVariance: 0, implied: null, columns: null });
  });
});

describe("calibration", () => {
  test("the least-squares line of actual on predicted", () => {
    // predicted 0 1 2 3, actual 1 3 2 6: means 1.5 and 3, Σxy centred = 7, Σx² centred = 5.
    const { slope, intercept, bins } = calibrationOf([0, 1, 2, 3], [1, 3, 2, 6]);
    expect(slope).toBeCloseTo(7 / 5, 14);
    expect(intercept).toBeCloseTo(3 - 1.5 * (7 / 5), 14);
    // About the mean of 3: 4 0 1 9.
    expect(bins).toEqual([{ n: 4, predicted: 1.5, actual: 3, sd: Math.sqrt(14 / 3) }]);
  });

  test.each([
    [23, [5, 6, 6, 6]],
    [53, [5, 5, 5, 6, 5, 5, 6, 5, 5, 6]],
    [9, [9]],
    [1, [1]],
  ])("%d images: ten bins or fewer of at least five, by ascending prediction, every image in one", (count, sizes) => {
    const predicted = Array.from({ length: count }, (_, i) => (7 * i) % count);
    const { bins } = calibrationOf(
      predicted,
      predicted.map((value) => 2 * value + 1),
    );
    expect(bins.map(({ n }) => n)).toEqual(sizes);
    let start = 0;
    for (const { n, predicted: mean, actual, sd } of bins) {
      expect(mean).toBeCloseTo(start + (n - 1) / 2, 12);
      expect(actual).toBeCloseTo(2 * mean + 1, 12);
      // Of n consecutive odd numbers: 4 n (n + 1) / 12.
      if (n > 1) expect(sd).toBeCloseTo(Math.sqrt((n * (n + 1)) / 3), 12);
      else expect(sd).toBeNull();
      start += n;
    }
    expect(start).toBe(count);
  });

  test("predictions that are all equal have a bin but no line", () => {
    const { slope, intercept, bins } = calibrationOf([0.1, 0.1, 0.1], [1, 2, 3]);
    expect([slope, intercept]).toEqual([null, null]);
    expect(bins.map(({ actual }) => actual)).toEqual([2]);
  });
});

test("agreement: bias and limits of predicted minus actual", () => {
  // Differences 1 2 3 6: mean 3, squares 4 1 0 9 about it, sd = sqrt(14/3).
  const agreement = agreementOf([2, 4, 6, 10], [1, 2, 3, 4])!;
  expect(agreement.bias).toBe(3);
  expect(agreement.sd).toBeCloseTo(Math.sqrt(14 / 3), 14);
  expect(agreement.low).toBeCloseTo(3 - 1.96 * Math.sqrt(14 / 3), 14);
  expect(agreement.high).toBeCloseTo(3 + 1.96 * Math.sqrt(14 / 3), 14);
  expect(agreementOf([1], [2])).toBeNull();
});

test("composition: sums, negative shares and shares above one, of fractions only", () => {
  // Sums 1.25, 1, 1, 1.75; one of twelve is negative, one above 1.
  expect(evaluation.composition).toEqual({ sumError: 0.25, negative: 1 / 12, aboveOne: 1 / 12 });
  expect(compositionOf({ prediction, target: target.map((y) => 2 * y) }, outputs)).toBeNull();
});

describe("noise", () => {
  /** Two images of 4 and 8 cells. */
  const drawn = {
    priors: [
      [0.5, 0.5],
      [0.25, 0.75],
    ],
    counts: [
      [1, 3],
      [2, 6],
    ],
  };
  const noiseFor = (...labels: number[]) =>
    evaluationOf({ prediction: new Float32Array(4), target: Float32Array.from(labels) }, ["a", "b"], {
      ...options,
      drawn,
    }).noise;

  test("labels that are priors cannot be counted better than cells are drawn", () => {
    const noise = noiseFor(0.5, 0.5, 0.25, 0.75)!;
    expect(noise.labelsAre).toBe("priors");
    // Mean over images of p (1 - p) / N: 1/4 / 4 and 3/16 / 8.
    expect(noise.idealCounter).toBeCloseTo((1 / 16 + 3 / 128) / 2, 14);
    // Variance of the priors: 1/64 in both columns.
    const [variance, error] = [1 / 64, (1 / 16 + 3 / 128) / 2];
    expect(noise.bestShrinkage).toBeCloseTo((variance * error) / (variance + error), 14);
  });

  test("labels may be the fractions that are there; and an image may have no cell", () => {
    expect(noiseFor(0.25, 0.75, 0.25, 0.75)!.labelsAre).toBe("realised fractions");
    const counts = [[0, 0], ...drawn.counts.slice(1)];
    const { noise } = evaluationOf(
      { prediction: new Float32Array(4), target: Float32Array.of(0.5, 0.5, 0.25, 0.75) },
      ["a", "b"],
      { ...options, drawn: { ...drawn, counts } },
    );
    expect(noise).toBeNull();
  });
});

test("one image has no interval and no limits; all of it is JSON, and metrics.json reads it back", () => {
  const one = evaluationOf({ prediction: prediction.slice(0, 3), target: target.slice(0, 3) }, outputs, options);
  expect([one.intervals, one.outputs[0].intervals, one.outputs[0].agreement]).toEqual([null, null, null]);
  for (const own of [one, evaluation]) {
    expect(parseRunMetrics(JSON.stringify({ test: own }), "metrics.json")).toEqual({ test: own });
  }
});

test("intervals hold the scores, overall and of each output", () => {
  for (const own of [evaluation, ...evaluation.outputs]) {
    expect(own.mse).toBeGreaterThanOrEqual(own.intervals!.mse.low);
    expect(own.mse).toBeLessThanOrEqual(own.intervals!.mse.high);
  }
  expect(evaluation.bootstrap).toEqual({ seed: 0, resamples: 1000 });
});
