import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { crossValidationResult, type FoldTraining } from "../../src/nn/cross-validation-result.ts";
import { crossValidationFigure } from "../../src/report/cross-validation-figure.ts";
import { expectWellFormed } from "../bench/well-formed.ts";

const training = (variant: string, fold: number, mse: number): FoldTraining => ({
  ...{ variant, choice: {}, fold, run: `${variant}/fold${fold}`, epoch: 1, n: 5, failure: null },
  ...{ mse, mae: mse, rmse: Math.sqrt(mse), mape: 1, r2: null },
});
const trainings = [
  ...[1, 2, 3].map((fold) => training("worse", fold, fold + 4 + fold / 8)),
  ...[1, 2, 3].map((fold) => training('a<"b">&', fold, fold)),
];
const draw = (given: readonly FoldTraining[], by: "mse" | "r2" = "mse") =>
  crossValidationFigure(crossValidationResult(given, by), parseHTML("<html></html>").document);
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe("two variants on three folds", () => {
  const svg = draw(trainings);

  test("is a well-formed SVG with a namespace, a size and a text in place of it", () => {
    expectWellFormed(svg);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+(\.\d+)?" height="\d+" viewBox=/);
    expect(svg).toContain("a&lt;&quot;b&quot;&gt;&amp; has the lowest mean MSE");
  });

  test("has a dot for each fold and one for each difference, a line for each fold, and a bar for each mean", () => {
    expect(count(svg, /<circle/g)).toBe(6 + 1);
    const group = (label: string) => new RegExp(`aria-label="${label}"[^>]*>(.*?)</g>`, "s").exec(svg)?.[1] ?? "";
    expect(count(group("line"), /<path/g)).toBe(3);
    expect(count(group("tick"), /<line/g)).toBe(2);
    expect(svg).toContain("worse, fold 2: 6.250");
  });

  test("says what the axes are, and which variant is the best, above the other", () => {
    expect(svg).toContain("MSE of a fold");
    expect(svg).toContain("difference in MSE from the best");
    expect(svg).toContain(">the best</text>");
    expect(svg.indexOf(">a&lt;")).toBeLessThan(svg.indexOf(">worse</text>"));
  });
});

test("one variant has no panel of differences", () => {
  const svg = draw(trainings.slice(0, 3));
  expectWellFormed(svg);
  expect(svg).not.toContain("difference");
  expect(count(svg, /<circle/g)).toBe(3);
});

test("a score that no fold has leaves the axes empty", () => {
  const svg = draw(trainings, "r2");
  expectWellFormed(svg);
  expect(count(svg, /<circle/g)).toBe(0);
});
