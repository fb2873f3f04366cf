import { expect, test } from "vitest";
import { generateImage } from "../../src/data/generator/image.ts";
import { generateDataset } from "../../src/data/generator/in-memory.ts";
import { UsageError } from "../../src/errors.ts";

const options = { seed: 5, size: 16, cells: [2, 6] } as const;

test("holds the images and realised fractions of the generator, in its order", () => {
  const made: number[] = [];
  const { size, pixels, labels, outputs } = generateDataset({ ...options, count: 3, onProgress: (n) => made.push(n) });
  const images = [0, 1, 2].map((index) => generateImage(index, options));
  expect(size).toEqual([16, 16]);
  expect([...pixels]).toEqual(images.flatMap((image) => [...image.pixels]));
  expect([...labels]).toEqual(images.flatMap(({ fractions }) => fractions.map(Math.fround)));
  expect(outputs).toEqual(["round", "spindle", "granular"]);
  expect(made).toEqual([1, 2, 3]);
});

test.each([0, 1.5, NaN])("refuses %d images", (count) => {
  const message = `generateDataset: expected a count of a positive integer, got ${count}`;
  expect(() => generateDataset({ ...options, count })).toThrow(new UsageError(message));
});
