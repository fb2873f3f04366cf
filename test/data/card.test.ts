import { describe, expect, test } from "vitest";
import { type CardInput, makeCard } from "../../src/data/card.ts";
import { duplicateGroups } from "../../src/data/duplicates.ts";
import { labelNoise } from "../../src/data/label-noise.ts";
import { baselineOf, labelSums, outputStatistics } from "../../src/data/label-statistics.ts";
import { regressionMetrics } from "../../src/nn/metrics.ts";
import { RandomStream } from "../../src/rng.ts";

const outputs = ["a", "b"];
const values = Float32Array.of(0.25, 0.75, 0.5, 0.5, 0, 1);
const labels = { outputs, values };

describe("label statistics", () => {
  test("mean, variance with the divisor N, and range of each output", () => {
    const [a, b] = outputStatistics(labels);
    expect(a).toMatchObject({ name: "a", mean: 0.25, min: 0, max: 0.5 });
    expect(a.variance).toBeCloseTo(0.125 / 3, 12);
    expect(a.sd ** 2).toBeCloseTo(a.variance, 12);
    expect(b).toMatchObject({ name: "b", mean: 0.75, min: 0.5, max: 1 });
  });

  test.each<[string, string[], number[], boolean]>([
    ["shares", outputs, [0.25, 0.75, 1, 0], true],
    ["shares of few decimals", ["a", "b", "c"], [0.333, 0.333, 0.333], true],
    ["other numbers", outputs, [0.25, 0.75, 1, 0.1], false],
    ["a negative number", outputs, [1.5, -0.5], false],
    ["one output, though all are 1", ["a"], [1, 1], false],
  ])("%s: do they sum to one?", (_, names, own, isComposition) => {
    expect(labelSums({ outputs: names, values: Float32Array.from(own) }).isComposition).toBe(isComposition);
  });

  test("scores of a prediction are those of regressionMetrics", () => {
    const prediction = [0.125, 0.5]; // float32 holds them
    const metrics = regressionMetrics(
      Float32Array.from([...prediction, ...prediction, ...prediction]),
      values,
      outputs,
      8,
    );
    const baseline = baselineOf(labels, prediction);
    const rounded = (own: object): unknown =>
      JSON.parse(JSON.stringify(own, (_, x: unknown) => (typeof x === "number" ? Number(x.toPrecision(12)) : x)));
    const { n: _n, keras: _keras, ...scores } = metrics;
    expect(rounded(baseline)).toEqual(rounded({ prediction, ...scores }));
  });

  test("the mean scores an R2 of 0 for each output; labels that do not vary have none", () => {
    const constant = { outputs, values: Float32Array.of(0.1, 0.3, 0.1, 0.7) };
    const means = outputStatistics(constant).map(({ mean }) => mean);
    const [a, b] = baselineOf(constant, means).outputs;
    expect([a.r2, b.r2]).toEqual([null, expect.closeTo(0, 12)]);
  });
});

describe("label noise", () => {
  test("of one image by hand", () => {
    const noise = labelNoise([[0.5, 0.5]], [[0.2, 0.8]], [[2, 2]]);
    expect(noise).toMatchObject({ labelsAre: "realised fractions", meanCells: 4, bestShrinkage: 0, shrinkage: 0 });
    expect(noise?.idealCounter).toBeCloseTo((0.2 * 0.8) / 4, 12);
    expect(noise?.realisedAgainstPrior).toBeCloseTo(0.09, 12);
  });

  test("of 26 cells drawn from normalised uniforms it is 0.190 / N, and shrunk 0.0060", () => {
    const stream = new RandomStream(1, "test");
    const priors = Array.from({ length: 20_000 }, () => {
      const u = [stream.uniform(), stream.uniform(), stream.uniform()];
      return u.map((x) => x / (u[0] + u[1] + u[2]));
    });
    const counts = priors.map(() => [26, 0, 0]);
    const noise = labelNoise(priors, priors, counts);
    expect(noise?.labelsAre).toBe("priors");
    expect(noise?.idealCounter).toBeCloseTo(0.19 / 26, 4);
    expect(noise?.bestShrinkage).toBeCloseTo(0.006, 4);
  });

  test("the expected errors are those of draws", () => {
    const stream = new RandomStream(2, "test");
    const priors = Array.from({ length: 4000 }, () => {
      const p = stream.uniform();
      return [p, 1 - p];
    });
    const counts = priors.map(([p]) => {
      const first = Array.from({ length: 10 }, () => stream.uniform()).filter((u) => u < p).length;
      return [first, 10 - first];
    });
    const noise = labelNoise(priors, priors, counts);
    const { idealCounter = 0, realisedAgainstPrior = 0, shrinkage = 0, bestShrinkage = 0 } = noise ?? {};
    expect(realisedAgainstPrior / idealCounter).toBeCloseTo(1, 1);
    const mean = priors.reduce((sum, [p]) => sum + p, 0) / priors.length;
    const errorAt = (a: number) =>
      priors.reduce((sum, [p], i) => sum + (mean + a * (counts[i][0] / 10 - mean) - p) ** 2, 0) / priors.length;
    expect(errorAt(shrinkage) / bestShrinkage).toBeCloseTo(1, 1);
    expect(errorAt(shrinkage)).toBeLessThan(Math.min(errorAt(shrinkage - 0.1), errorAt(shrinkage + 0.1)));
  });

  test("labels of another kind, and an image without cells", () => {
    expect(labelNoise([[1, 0]], [[0.2, 0.8]], [[2, 2]])?.labelsAre).toBe("neither");
    expect(labelNoise([[1, 0]], [[0.2, 0.8]], [[0, 0]])).toBeUndefined();
  });
});

test("duplicates are images with every pixel the same", () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 1, 2, 2, 1, 3, 4, 1, 2);
  expect(duplicateGroups(pixels, 2)).toEqual([
    [0, 2, 5],
    [1, 4],
  ]);
  expect(duplicateGroups(Uint8Array.of(1, 2, 3), 1)).toEqual([]);
});

describe("card", () => {
  const facts = { format: "PNG", height: 4, width: 4, bits: 8, channels: 1, pages: 1 } as const;
  const input: CardInput = {
    data: "cells",
    names: ["a.png", "b.png", "c.png"],
    facts: [facts, { ...facts, bits: 16 }, facts],
    size: [1, 2],
    pixels: Uint8Array.of(1, 2, 3, 4, 1, 2),
    ...{ outputs, labels: values },
    drawn: null,
    split: { train: Uint32Array.of(0, 1), validation: Uint32Array.of(2), test: Uint32Array.of() },
    problems: [],
  };

  test("kinds of images, baselines, split and its overlaps", () => {
    const card = makeCard(input);
    expect(card).toMatchObject({
      data: "cells",
      images: 3,
      size: [1, 2],
      kinds: [
        { ...facts, images: 2 },
        { ...facts, bits: 16, images: 1 },
      ],
      sums: { isComposition: true },
      baselines: { mean: { prediction: [0.25, 0.75] }, equalShares: { prediction: [0.5, 0.5] } },
      noise: null,
      duplicates: [{ names: ["a.png", "c.png"], sameLabels: false, parts: ["train", "validation"] }],
      nearDuplicates: null,
      split: { train: 2, validation: 1, test: 0 },
      overlaps: 1,
      nearOverlaps: 0,
      problems: [],
    });
  });

  test("duplicates within a part are no overlap; without a split there is none", () => {
    const within = { train: Uint32Array.of(0, 2), validation: Uint32Array.of(1), test: Uint32Array.of() };
    expect(makeCard({ ...input, split: within })).toMatchObject({ overlaps: 0, duplicates: [{ parts: ["train"] }] });
    expect(makeCard({ ...input, split: null })).toMatchObject({
      overlaps: 0,
      split: null,
      duplicates: [{ parts: [] }],
    });
  });

  test("duplicates and near duplicates by name, those in several parts first", () => {
    const stream = new RandomStream(3, "pixels");
    const image = () => Uint8Array.from({ length: 256 }, () => stream.integer(200));
    const turned = (pixels: Uint8Array) => pixels.toReversed();
    const [a, b, c] = [image(), image(), image()];
    const card = makeCard({
      ...input,
      names: ["a", "a2", "b", "b2", "c", "c2", "c3"],
      size: [16, 16],
      pixels: Uint8Array.from([a, turned(a), b, turned(b), c, c, turned(c)].flatMap((pixels) => [...pixels])),
      labels: Float32Array.of(0, 1, 0, 1, 0.5, 0.5, 1, 0, 0, 1, 0, 1, 0, 1),
      split: { train: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3, 4, 5), test: Uint32Array.of(6) },
    });
    const like = (own: string, of: string) => ({ image: own, of, turned: 180, mirrored: false });
    expect(card).toMatchObject({
      duplicates: [{ names: ["c", "c2"], parts: ["validation"] }],
      nearDuplicates: [
        { names: ["b", "b2"], sameLabels: false, parts: ["train", "validation"], likenesses: [like("b2", "b")] },
        { names: ["c", "c2", "c3"], sameLabels: true, parts: ["validation", "test"], likenesses: [like("c3", "c")] },
        { names: ["a", "a2"], sameLabels: true, parts: ["train"], likenesses: [like("a2", "a")] },
      ],
      overlaps: 0,
      nearOverlaps: 2,
    });
  });

  test("no equal shares where labels are none, and the noise where the draws are known", () => {
    const card = makeCard({
      ...input,
      labels: Float32Array.of(1, 2, 3, 4, 5, 6),
      drawn: {
        priors: [
          [0.5, 0.5],
          [0.5, 0.5],
          [0.5, 0.5],
        ],
        counts: [
          [1, 1],
          [2, 0],
          [1, 1],
        ],
      },
    });
    expect(card.baselines.equalShares).toBeNull();
    expect(card.noise).toMatchObject({ labelsAre: "neither", meanCells: 2, idealCounter: 0.125 });
  });
});
