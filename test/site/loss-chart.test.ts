import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lossChart, type LossPoint } from "../../site/loss-chart.ts";

const size = { width: 600, height: 300 };
const draw = (losses: readonly (number | null)[], epochs = losses.length): string =>
  lossChart(
    losses.map((training, i): LossPoint => ({ epoch: i + 1, training, validation: null })),
    epochs,
    size,
  );

const pathOf = (svg: string): string => /<path class="training" d="([^"]*)"/.exec(svg)?.[1] ?? "";
const pointsOf = (path: string): number[][] =>
  path
    .split(/[ML]/)
    .slice(1)
    .map((point) => point.split(" ").map(Number));
const labelsOf = (svg: string, anchor: string): string[] =>
  [...svg.matchAll(new RegExp(`<text class="tick ${anchor}"[^>]*>([^<]*)<`, "g"))].map(([, label]) => label);
const lossLabels = (svg: string): string[] => labelsOf(svg, "end").filter((label) => label !== "epoch");

describe("lossChart", () => {
  test("equal factors are equal distances", () => {
    const [[, first], [, second], [, third]] = pointsOf(pathOf(draw([1, 0.1, 0.01])));
    expect(second - first).toBeGreaterThan(0);
    expect(third - second).toBeCloseTo(second - first, 0);
  });

  test("an epoch has its place before the later ones are known", () => {
    const [some, all] = [pointsOf(pathOf(draw([1, 0.5], 5))), pointsOf(pathOf(draw([1, 0.5, 0.5, 0.5, 0.5])))];
    expect(some.map(([x]) => x)).toEqual(all.slice(0, 2).map(([x]) => x));
  });

  test("the axis begins and ends at round numbers around the losses", () => {
    expect(lossLabels(draw([1.3, 0.03]))).toEqual(["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]);
  });

  test("a wide range has powers of ten only", () => {
    expect(lossLabels(draw([900, 0.0002]))).toEqual(["0.0001", "0.001", "0.01", "0.1", "1", "10", "100", "1000"]);
  });

  test.each([
    [1, ["1"]],
    [4, ["1", "2", "3", "4"]],
    [40, ["1", "5", "10", "15", "20", "25", "30", "35", "40"]],
    [1000, ["1", "200", "400", "600", "800", "1000"]],
  ])("%d epochs have room for their labels", (epochs, labels) => {
    expect(labelsOf(draw([1], epochs), "middle")).toEqual(labels);
  });

  test.each([[[]], [[null]], [[0]], [[NaN]], [[Infinity]]])("%j has axes and no curve", (losses) => {
    const svg = draw(losses);
    expect(svg).toContain('class="grid"');
    expect(svg).not.toMatch(/<path|<circle|NaN|Infinity/);
  });

  test("a missing loss leaves a gap", () => {
    expect(pathOf(draw([1, 0.5, null, 0.5, 0.2])).replaceAll(/[^ML]/g, "")).toBe("MLML");
  });

  test("a single epoch is a dot", () => {
    expect(draw([1])).toContain('<circle class="training"');
  });

  test("every loss is inside", () => {
    const loss = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(loss, { minLength: 1, maxLength: 30 }), (losses) => {
        for (const [x, y] of pointsOf(pathOf(draw(losses)))) {
          expect(x).toBeGreaterThan(0);
          expect(x).toBeLessThan(size.width);
          expect(y).toBeGreaterThan(0);
          expect(y).toBeLessThan(size.height);
        }
      }),
    );
  });
});
