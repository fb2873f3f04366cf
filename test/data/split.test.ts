import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitFromNames, splitToNames } from "../../src/data/split-file.ts";
import { type Fractions, type Split, splitBelow, splitIndices } from "../../src/data/split.ts";
import { DataError, UsageError } from "../../src/errors.ts";

const countsOf = ({ train, validation, test }: Split) => [train.length, validation.length, test.length];
const thesis: Fractions = [0.7, 0.15, 0.15];

describe("splitIndices", () => {
  test.each<[number, Fractions, number[]]>([
    [5000, thesis, [3500, 750, 750]],
    [192, thesis, [134, 29, 29]], // ceil(57.6) = 58 held, ceil(29) tested
    [10, thesis, [7, 1, 2]], // of an odd number the test part has one more
    [5000, [0.7, 0.1, 0.2], [3500, 500, 1000]], // 0.1 + 0.2 is above 0.3 in floating point
    [10, [0.8, 0.2, 0], [8, 2, 0]],
    [10, [0.8, 0, 0.2], [8, 0, 2]],
    [10, [0, 0, 1], [0, 0, 10]],
  ])("%i images by %j are %j", (count, fractions, expected) => {
    expect(countsOf(splitIndices(count, fractions, 1))).toEqual(expected);
  });

  test("puts every image in one part, in ascending order, the same for the same seed", () => {
    const fractions = fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)).filter(([a, b, c]) => a + b + c > 0);
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 600 }), fractions, fc.nat(), (count, [a, b, c], seed) => {
        // At least 2 %, so that every part with a fraction gets an image.
        const shares = [a, b, c].map((v) => (v === 0 ? 0 : v + 6));
        const total = shares[0] + shares[1] + shares[2];
        const parts: Fractions = [shares[0] / total, shares[1] / total, shares[2] / total];
        const split = splitIndices(count, parts, seed);
        const all = [...split.train, ...split.validation, ...split.test];
        expect(all.sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, i) => i));
        for (const part of Object.values<Uint32Array>({ ...split })) expect(part).toEqual(part.slice().sort());
        countsOf(split).forEach((n, i) => expect(Math.abs(n - parts[i] * count)).toBeLessThan(2));
        expect(splitIndices(count, parts, seed)).toEqual(split);
      }),
      { seed: 1 },
    );
  });

  test("all for training is all in order, whatever the seed", () => {
    expect([...splitIndices(6, [1, 0, 0], 7).train]).toEqual([0, 1, 2, 3, 4, 5]);
  });
  test("another seed gives another split", () => {
    expect(splitIndices(100, thesis, 1).test).not.toEqual(splitIndices(100, thesis, 2).test);
  });
  test("is a random choice: each image is tested about as often as any other", () => {
    const tested = new Uint32Array(20);
    for (let seed = 0; seed < 2000; seed++) for (const i of splitIndices(20, [0.7, 0.15, 0.15], seed).test) tested[i]++;
    // Binomial(2000, 3 / 20): mean 300, standard deviation 16.
    for (const times of tested) expect(Math.abs(times - 300)).toBeLessThan(80);
  });

  test.each<[string, Fractions, string]>([
    ["of another sum", [0.7, 0.15, 0.1], "0.7, 0.15, 0.1"],
    ["negative", [1.2, -0.1, -0.1], "1.2, -0.1, -0.1"],
    ["not a number", [NaN, 0.5, 0.5], "NaN, 0.5, 0.5"],
  ])("fractions %s are refused", (_, fractions, shown) => {
    expect(() => splitIndices(100, fractions, 1)).toThrow(
      new UsageError(`split: expected three non-negative fractions (train, validation, test) of sum 1, got ${shown}`),
    );
  });
  test("a part that would be empty is refused", () => {
    expect(() => splitIndices(3, thesis, 1)).toThrow(
      new DataError(
        "split: expected images enough for every part of 0.7, 0.15, 0.15, got 2, 0, 1 of 3; " +
          "add images or give a part to another",
      ),
    );
  });
});

describe("split files", () => {
  const names = ["a.png", "b.png", "c.png", "d.png"];
  const parse = (value: unknown) => splitFromNames(names, JSON.stringify(value), "split.json");

  test("names become indices in the file's order, and names again", () => {
    const file = { train: ["d.png", "a.png"], validation: ["c.png"], test: ["b.png"] };
    const split = parse(file);
    expect(split).toEqual({ train: Uint32Array.of(3, 0), validation: Uint32Array.of(2), test: Uint32Array.of(1) });
    expect(splitToNames(names, split)).toEqual(file);
  });
  test("a random split survives the way through a file", () => {
    const many = Array.from({ length: 50 }, (_, i) => `img${i}.png`);
    const split = splitIndices(50, thesis, 3);
    expect(splitFromNames(many, JSON.stringify(splitToNames(many, split)), "split.json")).toEqual(split);
  });

  test.each([
    [
      "an unknown name",
      { train: ["a.png", "e.png"], validation: [], test: [] },
      'expected names of images in the data set, got "e.png" in train; remove it',
    ],
    [
      "a name in two parts",
      { train: ["a.png", "b.png"], validation: ["b.png"], test: [] },
      'expected each image once, got "b.png" in train and in validation; remove one',
    ],
    [
      "one name left out",
      { train: ["a.png", "b.png", "c.png"], validation: [], test: [] },
      'expected every image in a part, got none for "d.png"; add the names',
    ],
    [
      "two names left out",
      { train: ["a.png", "b.png"], validation: [], test: [] },
      'expected every image in a part, got none for "c.png" and 1 more; add the names',
    ],
  ])("refuses %s", (_, value, message) => {
    expect(() => parse(value)).toThrow(new DataError(`split.json: ${message}`));
  });

  const contract = 'split.json: expected JSON { "train": [names], "validation": [names], "test": [names] }, got ';
  test.each([
    ["a part missing", { train: [], test: [] }, "a mistake at $.validation: "],
    ["indices", { train: [0], validation: [], test: [] }, "a mistake at $.train.0: "],
    ["another key", { train: [], validation: [], test: [], seed: 1 }, "a mistake at $: "],
  ])("refuses %s", (_, value, got) => {
    expect(() => parse(value)).toThrow(DataError);
    expect(() => parse(value)).toThrow(contract + got);
  });
  test("refuses what is not JSON", () => {
    expect(() => splitFromNames(names, "train: a.png", "split.json")).toThrow(`${contract}other text (`);
  });
});

describe("splitBelow", () => {
  /** Of ten images, 3, 8 and 5 are the densest. */
  const cells = [4, 1, 5, 9, 2, 6, 3, 5, 8, 1];
  const split = splitBelow(cells, 0.3, [0.6, 0.2, 0.2], 1);

  test("keeps the highest out, and splits the others as if there were no more", () => {
    expect([...(split.outOfRange ?? [])]).toEqual([3, 5, 8]);
    const others = [0, 1, 2, 4, 6, 7, 9];
    const { train, validation, test: tested } = splitIndices(7, [0.6, 0.2, 0.2], 1);
    const named = (part: Uint32Array) => Array.from(part, (i) => others[i]);
    expect([split.train, split.validation, split.test].map((part) => [...part])).toEqual(
      [train, validation, tested].map(named),
    );
  });

  test("no image of another part reaches those that are out: equal ones stay in", () => {
    // The fourth and fifth have 5 cells both; a share of 0.4 would part them.
    expect([...(splitBelow(cells, 0.4, [1, 0, 0], 1).outOfRange ?? [])]).toEqual([3, 5, 8]);
    expect([...(splitBelow(cells, 0.5, [1, 0, 0], 1).outOfRange ?? [])]).toEqual([2, 3, 5, 7, 8]);
  });

  test("a file of names keeps all four parts", () => {
    const names = cells.map((_, i) => `img${i}.png`);
    const saved = splitToNames(names, split);
    expect(saved.outOfRange).toEqual(["img3.png", "img5.png", "img8.png"]);
    expect(splitFromNames(names, JSON.stringify(saved), "split.json")).toEqual(split);
    const twice = { ...saved, train: [...saved.train, "img3.png"] };
    expect(() => splitFromNames(names, JSON.stringify(twice), "split.json")).toThrow(
      new DataError('split.json: expected each image once, got "img3.png" in train and in outOfRange; remove one'),
    );
  });

  test.each([["equal values", [7, 7, 7], 0.3, "a share of 0.3 of 3 out, got values from 7 to 7"]])(
    "%s leave nothing to keep out",
    (_, values, share, got) => {
      expect(() => splitBelow(values, share, [1, 0, 0], 1)).toThrow(
        new DataError(`split: expected images that differ enough to keep ${got}; keep out another share or add images`),
      );
    },
  );

  test("a share that rounds to no image is refused as such", () => {
    expect(() => splitBelow([1, 2, 3], 0.1, [1, 0, 0], 1)).toThrow(
      new DataError(
        "split: expected a share of at least one image to keep out, got 0.1 of 3, which rounds to none; keep out a " +
          "larger share or add images",
      ),
    );
  });
});
