import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evenImages, foldsOf, foldSplit } from "../../src/data/folds.ts";
import { DataError, UsageError } from "../../src/errors.ts";

const ascending = (images: Iterable<number>) => [...images].sort((a, b) => a - b);
/** Some of the images of a data set, a number of folds that they allow, and a seed. */
const cases = fc
  .uniqueArray(fc.nat(999), { minLength: 2, maxLength: 60 })
  .chain((images) => fc.tuple(fc.constant(images), fc.integer({ min: 2, max: images.length }), fc.nat()));

describe("foldsOf", () => {
  test("puts every image in one fold, in ascending order; sizes differ by at most one; a seed decides", () => {
    fc.assert(
      fc.property(cases, ([images, count, seed]) => {
        const folds = foldsOf(Uint32Array.from(images), count, seed);
        expect(folds).toHaveLength(count);
        expect(ascending(folds.flatMap((fold) => [...fold]))).toEqual(ascending(images));
        for (const fold of folds) expect([...fold]).toEqual(ascending(fold));
        const sizes = folds.map((fold) => fold.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(foldsOf(Uint32Array.from(images), count, seed)).toEqual(folds);
      }),
      { seed: 1 },
    );
  });

  test("the larger folds come first", () => {
    const images = Uint32Array.from({ length: 11 }, (_, i) => i);
    expect(foldsOf(images, 4, 1).map((fold) => fold.length)).toEqual([3, 3, 3, 2]);
  });

  test("another seed gives other folds", () => {
    const images = Uint32Array.from({ length: 50 }, (_, i) => i);
    expect(foldsOf(images, 5, 1)).not.toEqual(foldsOf(images, 5, 2));
  });

  test("is a random choice: an image is in the first fold about as often as any other", () => {
    const images = Uint32Array.from({ length: 20 }, (_, i) => i);
    const times = new Uint32Array(20);
    for (let seed = 0; seed < 2000; seed++) for (const image of foldsOf(images, 5, seed)[0]) times[image]++;
    // Binomial(2000, 1 / 5): mean 400, standard deviation 18.
    for (const count of times) expect(Math.abs(count - 400)).toBeLessThan(90);
  });

  test.each([1, 0, 2.5, NaN])("%s folds are refused", (count) => {
    const refusal = new UsageError(`folds: expected at least 2, got ${count}`);
    expect(() => foldsOf(Uint32Array.of(1, 2, 3), count, 1)).toThrow(refusal);
  });
  test("more folds than images are refused", () => {
    const message = "folds: expected an image for each of the 4 folds, got 3; add images or take fewer folds";
    expect(() => foldsOf(Uint32Array.of(1, 2, 3), 4, 1)).toThrow(new DataError(message));
  });
  test("an image that is there twice is refused: it would train while it validates", () => {
    const message = "folds: expected every image in one fold, got 3 images, some of them twice";
    expect(() => foldsOf(Uint32Array.of(1, 2, 1), 3, 1)).toThrow(new DataError(message));
  });
});

describe("a part of the images", () => {
  test("is taken at random, and no more than was asked for", () => {
    const images = Uint32Array.from({ length: 50 }, (_, i) => i);
    const folds = foldsOf(images, 4, 1, 20);
    expect(folds.map((fold) => fold.length)).toEqual([5, 5, 5, 5]);
    expect(new Set(folds.flatMap((fold) => [...fold])).size).toBe(20);
    expect(Math.max(...folds.flatMap((fold) => [...fold]))).toBeGreaterThan(25);
    expect(foldsOf(images, 4, 2, 20)).not.toEqual(folds);
  });

  test.each([
    [240, 5, [16], 240],
    [102, 5, [16], 100], // of 102, a fold leaves 81 = 5 * 16 + 1
    [34, 2, [16], 32], // of 34 it leaves 17
    [68, 5, [16, 51], 60], // of 65 it leaves 52 = 51 + 1
    [6, 5, [4], 5],
    [3, 2, [1], 2],
  ])("%d in %d folds and batches of %j: %d of one size, and no last batch of one", (most, folds, batches, expected) => {
    expect(evenImages(most, folds, batches)).toBe(expected);
  });
});

describe("foldSplit", () => {
  test("a fold validates and the others train, whichever it is; the test part is in none", () => {
    fc.assert(
      fc.property(cases, ([images, count, seed]) => {
        const folds = foldsOf(Uint32Array.from(images), count, seed);
        const tested = Uint32Array.of(1000, 1001);
        for (let fold = 0; fold < count; fold++) {
          const { train, validation, test } = foldSplit(folds, fold, tested);
          expect(validation).toEqual(folds[fold]);
          expect(test).toEqual(tested);
          expect([...train]).toEqual(ascending(train));
          expect(ascending([...train, ...validation])).toEqual(ascending(images));
        }
      }),
      { seed: 1 },
    );
  });

  test("a fold that is not there is refused", () => {
    const folds = [Uint32Array.of(1), Uint32Array.of(2)];
    const refusal = new UsageError("fold: expected one from 0 to 1, got 2");
    expect(() => foldSplit(folds, 2, new Uint32Array())).toThrow(refusal);
  });
});
