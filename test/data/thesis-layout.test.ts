import { describe, expect, test } from "vitest";
import { type LabelVector, pairById, vectorLabels } from "../../src/data/thesis-layout.ts";
import { DataError } from "../../src/errors.ts";
import type { Shape } from "../../src/shape.ts";

describe("pairById", () => {
  test("joins by id and orders by id, not by name", () => {
    const files = ["img0010.png", "img0002.png", "priors_10.npy", "priors_2.npy", "notes.txt", "mean.npy", "img.png"];
    expect(pairById(files, "d")).toEqual([
      { image: "img0002.png", vector: "priors_2.npy" },
      { image: "img0010.png", vector: "priors_10.npy" },
    ]);
  });
  test("finds any prefix, also an empty one or one with digits", () => {
    expect(pairById(["img1.png", "1.npy"], "d")).toEqual([{ image: "img1.png", vector: "1.npy" }]);
    expect(pairById(["img2.JPG", "2.npy"], "d")).toEqual([{ image: "img2.JPG", vector: "2.npy" }]);
    expect(pairById(["img1.tif", "v2_01.npy"], "d")).toEqual([{ image: "img1.tif", vector: "v2_01.npy" }]);
  });
  test("is undefined without label files", () => {
    expect(pairById(["img0001.png", "mean.npy"], "d")).toBeUndefined();
  });
  test.each([
    [
      "two prefixes",
      ["img1.png", "priors_1.npy", "counts_1.npy"],
      'expected .npy label files of one prefix, got those of "counts_", "priors_"; move the others elsewhere, or write a labels.csv',
    ],
    [
      "two images of one id",
      ["img1.png", "img01.png", "p1.npy"],
      "expected one file of id 1, got img1.png and img01.png; remove one",
    ],
    [
      "two label files of one id",
      ["img1.png", "p1.npy", "p001.npy"],
      "expected one file of id 1, got p1.npy and p001.npy; remove one",
    ],
    [
      "a label file without image",
      ["img1.png", "p1.npy", "p2.npy"],
      "expected an image img<id>.png of id 2 for p2.npy, got none; remove one or add the other",
    ],
  ])("refuses %s", (_, files, message) => {
    expect(() => pairById(files, "d/e")).toThrow(new DataError(`d/e: ${message}`));
  });
});

describe("vectorLabels", () => {
  const vector = (id: number, shape: Shape, values: readonly number[]): LabelVector => ({
    image: `img${id}.png`,
    where: `d/p${id}.npy`,
    array: { shape, data: Float64Array.from(values) },
  });

  test("takes vectors and single rows", () => {
    expect(vectorLabels([vector(1, [3], [0.5, 0.3, 0.2]), vector(2, [1, 3], [1, 0, 0])])).toEqual({
      outputs: ["value1", "value2", "value3"],
      rows: [
        { image: "img1.png", values: [0.5, 0.3, 0.2], where: "d/p1.npy" },
        { image: "img2.png", values: [1, 0, 0], where: "d/p2.npy" },
      ],
    });
  });
  test("labelColumns selects and orders", () => {
    const { outputs, rows } = vectorLabels([vector(1, [3], [5, 6, 7])], ["value3", "value1"]);
    expect([outputs, rows[0].values]).toEqual([
      ["value3", "value1"],
      [7, 5],
    ]);
  });
  test("a column that is not taken may hold what it will, as in labels.csv", () => {
    expect(vectorLabels([vector(1, [2], [NaN, 5])], ["value2"])).toMatchObject({ rows: [{ values: [5] }] });
  });

  const cure = "mend it or choose other columns with labelColumns (--label-columns)";
  test.each<[string, LabelVector[], string, string[]?]>([
    ["a matrix", [vector(1, [2, 2], [1, 2, 3, 4])], "d/p1.npy: expected labels of shape [k] or [1, k], got [2, 2]"],
    ["a scalar", [vector(1, [], [1])], "d/p1.npy: expected labels of shape [k] or [1, k], got []"],
    ["nothing", [vector(1, [0], [])], "d/p1.npy: expected labels of shape [k] or [1, k], got [0]"],
    [
      "another number of labels",
      [vector(1, [2], [1, 2]), vector(2, [3], [1, 2, 3])],
      "d/p2.npy: expected 2 labels as in d/p1.npy, got 3",
    ],
    ["NaN", [vector(1, [2], [1, NaN])], `d/p1.npy, column "value2": expected a finite number, got NaN; ${cure}`],
    [
      "beyond float32",
      [vector(1, [2], [1e300, 1])],
      `d/p1.npy, column "value1": expected a finite number, got 1e+300; ${cure}`,
    ],
    [
      "an unknown output",
      [vector(1, [2], [1, 2])],
      'd/p1.npy: expected label columns among value1, value2, got "a"',
      ["a"],
    ],
  ])("refuses %s", (_, vectors, message, labelColumns) => {
    expect(() => vectorLabels(vectors, labelColumns)).toThrow(new DataError(message));
  });
});
