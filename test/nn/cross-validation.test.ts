import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { compareVariants, type FoldScores, rankedVariants, verdictOf } from "../../src/nn/cross-validation.ts";

/** Folds of these MSEs; MAE is ten times as much, and R2 what is left of 1. */
const foldsOf = (...mses: number[]): FoldScores[] =>
  mses.map((mse) => ({ mse, mae: 10 * mse, rmse: Math.sqrt(mse), r2: 1 - mse }));
const first = { variant: "first", folds: foldsOf(1, 2, 3) };
const second = { variant: "second", folds: foldsOf(2, 4, 4) };
const third = { variant: "third", folds: foldsOf(11, 12, 13.5) };

describe("over three folds, by hand", () => {
  const { best, variants } = compareVariants([second, first, third], "mse");
  const [ofSecond, ofFirst, ofThird] = variants;

  test("means and standard deviations with K - 1", () => {
    expect(ofFirst.scores.mse).toEqual({ mean: 2, deviation: 1 });
    expect(ofSecond.scores.mse?.mean).toBeCloseTo(10 / 3, 14);
    expect(ofSecond.scores.mse?.deviation).toBeCloseTo(Math.sqrt(4 / 3), 14);
    expect(ofFirst.scores.mae).toEqual({ mean: 20, deviation: 10 });
    expect(ofFirst.scores.rmse?.mean).toBeCloseTo((1 + Math.SQRT2 + Math.sqrt(3)) / 3, 14);
    expect(ofFirst.scores.r2).toEqual({ mean: -1, deviation: 1 });
  });

  test("the best has the lowest mean, and no difference from itself", () => {
    expect(best).toBe("first");
    expect(ofFirst.differences).toEqual({ mse: null, mae: null, rmse: null, r2: null });
  });

  test("differences are paired, and their interval has the correction of Nadeau and Bengio", () => {
    // 1, 2, 1: mean 4/3, s² = 1/3. Standard error² = (1/3 + 1/2) / 3 = 5/18; t(0.95, 2) = 4.302653.
    const { mean, deviation, interval, p, isDistinct } = ofSecond.differences.mse!;
    expect(mean).toBeCloseTo(4 / 3, 14);
    expect(deviation).toBeCloseTo(Math.sqrt(1 / 3), 14);
    const half = 4.30265273 * Math.sqrt(5 / 18);
    expect(interval[0]).toBeCloseTo(4 / 3 - half, 7);
    expect(interval[1]).toBeCloseTo(4 / 3 + half, 7);
    expect(isDistinct).toBe(false);
    // P(|T| > t) = 1 - t / sqrt(2 + t²) for two degrees of freedom.
    const t = 4 / 3 / Math.sqrt(5 / 18);
    expect(p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
  });

  test("a difference whose interval leaves out zero is distinct, with either sign", () => {
    expect(ofThird.differences.mse).toMatchObject({ isDistinct: true });
    expect(ofThird.differences.mse!.p).toBeLessThan(0.05);
    const negative = ofThird.differences.r2!;
    expect(negative.isDistinct).toBe(true);
    expect(negative.interval[1]).toBeLessThan(0);
  });
});

test("by R2 the highest mean is the best", () => {
  const lower = { variant: "lower", folds: foldsOf(5, 6) };
  const higher = { variant: "higher", folds: foldsOf(1, 2) };
  expect(compareVariants([lower, higher], "r2").best).toBe("higher");
});

test("ranked, the best comes first and what lacks the score last", () => {
  const lacking = { variant: "lacking", folds: first.folds.map((fold) => ({ ...fold, r2: null })) };
  const order = (by: "mse" | "r2") =>
    rankedVariants(compareVariants([lacking, third, first], by)).map(({ variant }) => variant);
  expect(order("r2")).toEqual(["first", "third", "lacking"]);
  expect(order("mse")).toEqual(["lacking", "first", "third"]);
});

test("of equal variants the first is the best, and the other is not told from it", () => {
  const twin = { ...first, variant: "twin" };
  const { best, variants } = compareVariants([twin, first], "mse");
  expect(best).toBe("twin");
  expect(variants[1].differences.mse).toEqual({ mean: 0, deviation: 0, interval: [0, 0], p: 1, isDistinct: false });
});

test("a difference that is the same in every fold is certain", () => {
  const { variants } = compareVariants([first, { variant: "more", folds: foldsOf(2, 3, 4) }], "mse");
  const difference = { mean: 1, deviation: 0, interval: [1, 1], p: 0, isDistinct: true };
  expect(variants[1].differences.mse).toEqual(difference);
});

test("a score that one fold lacks is missing, and cannot decide", () => {
  const lacking = { variant: "lacking", folds: [{ ...first.folds[0], r2: null }, first.folds[1], first.folds[2]] };
  const byR2 = compareVariants([lacking, second], "r2");
  expect(byR2.best).toBe("second");
  expect(byR2.variants[0].scores.r2).toBeNull();
  expect(byR2.variants[0].differences.r2).toBeNull();
  expect(compareVariants([lacking], "r2").best).toBeNull();
  expect(verdictOf(compareVariants([lacking], "r2"))).toBe(
    "No variant has the score R2 in every fold, so none is the best.",
  );
});

describe("the verdict", () => {
  const verdict = (...variants: Parameters<typeof compareVariants>[0]) => verdictOf(compareVariants(variants, "mse"));

  test.each([
    [[first], "There is one variant, and nothing to compare it with."],
    [[first, third], "first has the lowest mean MSE, and is told from every other at 95 %."],
    [[first, second], "first has the lowest mean MSE, but these folds do not tell it from any other at 95 %."],
    [
      [first, second, third],
      "first has the lowest mean MSE; these folds do not tell it at 95 % from second, but from the others.",
    ],
  ])("of %# variants", (variants, sentence) => expect(verdict(...variants)).toBe(sentence));

  test("names those that lack the score, and does not compare them", () => {
    const lacking = {
      variant: "diverged",
      folds: first.folds.map(() => ({ mse: null, mae: null, rmse: null, r2: null })),
    };
    const rest = " Without that score in every fold: diverged.";
    expect(verdict(lacking, first, third)).toBe(
      `first has the lowest mean MSE, and is told from every other at 95 %.${rest}`,
    );
    expect(verdict(first, lacking)).toBe(`first is the only variant with the score MSE in every fold.${rest}`);
  });

  test("by R2 speaks of the highest", () => {
    expect(verdictOf(compareVariants([first, third], "r2"))).toMatch(/^first has the highest mean R2, /);
  });
});

test.each([
  [[], "none"],
  [[{ variant: "a", folds: foldsOf(1) }], "1"],
  [[first, { variant: "b", folds: foldsOf(1, 2) }], "3, 2"],
])("variants without the same folds are refused", (variants, got) => {
  const message = `cross-validation: expected variants of the same folds, at least two, got ${got}`;
  expect(() => compareVariants(variants, "mse")).toThrow(new UsageError(message));
});
