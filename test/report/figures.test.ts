/** Figures: what is in them, and that they are SVG. */
import { describe, expect, test } from "vitest";
import { heldCases, outputCases, worstOf } from "../../src/report/cases.ts";
import { calibrationOf } from "../../src/nn/evaluation/calibration.ts";
import { scoreText } from "../../src/report/figures/axes.ts";
import { newDocument } from "../../src/report/document.node.ts";
import type { HistoryRow } from "../../src/nn/history.ts";
import type { Figure } from "../../src/report/figure.ts";
import { drawActivations } from "../../src/report/figures/activations.ts";
import { drawBlandAltman } from "../../src/report/figures/bland-altman.ts";
import { drawCalibration } from "../../src/report/figures/calibration.ts";
import { curves, drawCurve } from "../../src/report/figures/curves.ts";
import { drawScatter } from "../../src/report/figures/scatter.ts";
import { drawTernary, placeOf } from "../../src/report/figures/ternary.ts";
import { fileOf } from "../../src/report/figure-file.ts";
import { onPaper } from "../../src/report/palette.ts";
import { loadPngDrawer } from "../../src/report/png.node.ts";
import { expectWellFormed } from "../bench/well-formed.ts";
import { madeHistory, madePredictions } from "./made-run.ts";

const document = newDocument();
const cases = heldCases(madePredictions(60), 8)!;
const count = (svg: string, piece: RegExp | string): number => svg.split(piece).length - 1;

const drawn: [string, Figure][] = [
  ...curves.map((curve): [string, Figure] => [curve.name, drawCurve(document, curve, madeHistory(20))]),
  ["few epochs", drawCurve(document, curves[0], madeHistory(3))],
  ["activations", drawActivations(document)],
  ["scatter", drawScatter(document, cases)],
  ["ternary", drawTernary(document, cases, cases.composition!)],
  ["calibration", drawCalibration(document, cases)],
  ["Bland-Altman", drawBlandAltman(document, cases)],
];

describe.each(drawn)("%s", (_, { id, title, caption, svg, narrow = "" }) => {
  test("is well-formed, wide and narrow, with a size and a name", () => {
    for (const [drawing, width] of [
      [svg, 756],
      [narrow, 340],
    ] as const) {
      expectWellFormed(drawing);
      const attribute = (name: string) => new RegExp(`^<svg[^>]* ${name}="([^"]*)"`).exec(drawing)?.[1];
      expect(attribute("xmlns")).toBe("http://www.w3.org/2000/svg");
      expect(attribute("aria-label")).toBe(title);
      expect(attribute("role")).toBe("img");
      expect(Number(attribute("width"))).toBeLessThanOrEqual(width);
      expect(Number(attribute("width"))).toBeGreaterThan(width - 15);
      expect(attribute("viewBox")).toBe(`0 0 ${attribute("width")} ${attribute("height")}`);
    }
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(caption).toMatch(/^[A-Z\d].*\.$/);
  });

  test("takes no colour but the palette's, and none as a variable on paper", () => {
    expect(svg.replaceAll(/var\(--[a-z]+, #[0-9a-f]{6}\)/g, "")).not.toMatch(/#[0-9a-f]{3,6}\b|rgb|var\(/);
    expect(onPaper(svg)).not.toContain("var(");
  });
});

describe("curves", () => {
  const [mse, , r2, mape] = curves;

  test("have this run's last values and the thesis's beside them, and the thesis's ends as diamonds", () => {
    const { svg, caption } = drawCurve(document, mse, madeHistory(20));
    for (const text of [
      "training 0.0500",
      "validation 0.0500",
      "thesis, training 0.0085",
      "thesis, validation 0.0079",
    ]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toContain(">lowest validation loss: epoch 3</text>");
    const [, diamonds = ""] = svg.split("ends of the thesis's curves");
    expect(count(diamonds.slice(0, diamonds.indexOf("</g>")), "<path")).toBe(4);
    expect(caption).toContain("20 epochs, logarithmic axis.");
    expect(caption).toContain("the latter at the right edge whatever this run's length");
  });

  test("of 200 epochs end where the thesis's do", () => {
    expect(drawCurve(document, mse, madeHistory(200)).caption).toContain("the thesis's first epoch and its 200th. Its");
  });

  test("R² says how much lies below its axis", () => {
    // 1 - 40 / epoch is below -1.06 up to epoch 19, in training and validation; below too is the thesis's first epoch.
    expect(drawCurve(document, r2, madeHistory(40)).caption).toContain(
      "39 values lie below the axis, drawn on its edge.",
    );
  });

  test("a diamond on the axis's edge stays off the ticks under it", () => {
    const { svg } = drawCurve(document, r2, madeHistory(40));
    const [, diamonds = ""] = svg.split("ends of the thesis's curves");
    const bottoms = [
      ...diamonds.slice(0, diamonds.indexOf("</g>")).matchAll(/d="M0,-?([\d.]+)[^>]*translate\([\d.]+,([\d.]+)\)/g),
    ];
    expect(bottoms).toHaveLength(4);
    const lowest = Math.max(...bottoms.map(([, half, y]) => Number(y) + Number(half)));
    expect(lowest).toBeGreaterThan(250);
    expect(lowest).toBeLessThan(300 - 42);
  });

  test.each([
    [1, 3, "start"],
    [2, 3, "middle"],
    [3, 3, "end"],
    [1, 1, "start"],
  ])("the lowest loss at epoch %d of %d is named within the plot", (best, epochs, anchor) => {
    const rows = madeHistory(epochs).map((row) => ({ ...row, val: { ...row, loss: row.epoch === best ? 0.1 : 1 } }));
    const { svg } = drawCurve(document, mse, rows);
    expect(/<g[^>]*text-anchor="(\w+)"[^>]*><text[^>]*>lowest/.exec(svg)?.[1] ?? "middle").toBe(anchor);
  });

  test("MAPE warns of labels near zero", () => {
    expect(drawCurve(document, mape, madeHistory(4)).caption).toContain("Labels near zero dominate it.");
  });

  test("training scored as validation is comes where rows have it", () => {
    const rows: HistoryRow[] = madeHistory(20).map((row) => ({
      ...row,
      trainEvaluated: row.epoch < 3 ? null : row.val,
    }));
    const evaluated = drawCurve(document, mse, rows);
    expect(evaluated.svg).toContain(">training, evaluated 0.0500</text>");
    expect(evaluated.caption).toContain("Dashed: training images scored as those of validation are");
    expect(drawCurve(document, mse, madeHistory(20)).svg).not.toContain("evaluated");
  });

  test("without validation, and of one epoch", () => {
    const { svg, caption } = drawCurve(document, mse, [{ ...madeHistory(1)[0], val: null }]);
    expect(caption).toContain("1 epoch");
    expect(caption).toContain("No image validated.");
    expect(svg).not.toContain(">validation");
    expect(svg).not.toContain("lowest validation loss");
    expect(count(svg, "<circle")).toBe(1);
  });
});

describe("panels of outputs", () => {
  test("scatter: a dot an image and output, the diagonal, names as text", () => {
    const { svg, caption } = drawScatter(document, cases);
    expect(count(svg, "<circle")).toBe(20 * 3);
    expect(count(svg, 'aria-description="diagonal"')).toBe(3);
    expect(svg).toContain(">&lt;b&gt;granular&lt;/b&gt;</text>");
    expect(svg).toContain(">actual fraction</text>");
    expect(svg).toContain(">predicted fraction</text>");
    expect(caption).toMatch(/^20 images of the test part, a dot each/);
  });

  test("calibration: a dot for each group, with the interval of the mean label", () => {
    const { svg, caption } = drawCalibration(document, cases);
    expect(count(svg, "<circle")).toBe(4 * 3);
    expect(caption).toContain("in 4 groups of the same size");
    const points = Array.from({ length: 10 }, (_, i) => ({ predicted: [i < 5 ? 2 : 1], actual: [i % 5] }));
    const { slope, bins } = calibrationOf(
      points.map(({ predicted }) => predicted[0]),
      points.map(({ actual }) => actual[0]),
    );
    expect(slope).toBeCloseTo(0, 12);
    expect(bins).toEqual([1, 2].map((predicted) => ({ n: 5, predicted, actual: 2, sd: Math.sqrt(2.5) })));
  });

  test("Bland and Altman: mean difference and limits, none of one image", () => {
    const rows = [
      { actual: [1], predicted: [2] },
      { actual: [2], predicted: [2] },
      { actual: [5], predicted: [4] },
      { actual: [0], predicted: [4] },
    ].map((own, i) => ({ ...own, image: `${i}.png`, split: "test" }) as const);
    const drawn = (count: number) =>
      drawBlandAltman(document, heldCases({ outputs: ["a"], rows: rows.slice(0, count) }, 8)!).svg;
    // Differences 1 0 -1 4: mean 1, squares 0 1 4 9 about it.
    expect(drawn(4)).toContain(`>+1.000 ± ${scoreText(1.96 * Math.sqrt(14 / 3))}</text>`);
    expect(count(drawn(4), 'stroke-dasharray="4 3"')).toBe(1);
    expect(drawn(1)).toContain(">one image: no limits</text>");
    expect(drawn(1)).not.toContain("stroke-dasharray");
  });
});

describe("panels of any number of outputs, and of odd values", () => {
  const rowsOf = (actual: number[], predicted: number[]) =>
    Array.from({ length: 12 }, (_, i) => ({
      ...({ image: `${i}.png`, split: "test" } as const),
      actual: actual.map((value) => value * (1 + (i % 3))),
      predicted,
    }));

  test.each<[string, number[], number[]]>([
    ["one output", [0.5], [0.25]],
    ["five outputs", [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]],
    ["labels and predictions all equal", [0, 0], [0, 0]],
    ["counts of millions", [3e6, 5], [2e6, -4e9]],
    ["tiny values", [1e-9, 2e-9], [3e-9, 1e-9]],
  ])("%s", (_, actual, predicted) => {
    const given = heldCases({ outputs: actual.map((_, k) => `o${k}`), rows: rowsOf(actual, predicted) }, 8)!;
    for (const drawAll of [drawScatter, drawCalibration, drawBlandAltman]) {
      const { svg, narrow = "" } = drawAll(document, given);
      expectWellFormed(svg);
      expectWellFormed(narrow);
      expect(count(svg, "<svg")).toBe(1 + actual.length);
    }
  });
});

describe("compositions", () => {
  test.each([
    ["a corner", [1, 0, 0], { x: 0.5, y: Math.sqrt(3) / 2 }],
    ["another", [0, 1, 0], { x: 0, y: 0 }],
    ["the third", [0, 0, 1], { x: 1, y: 0 }],
    ["the middle, from a sum of 2", [2 / 3, 2 / 3, 2 / 3], { x: 0.5, y: Math.sqrt(3) / 6 }],
  ])("%s", (_, values, { x, y }) => {
    expect(placeOf(values).x).toBeCloseTo(x, 12);
    expect(placeOf(values).y).toBeCloseTo(y, 12);
  });

  test("actual and predicted, and the largest errors as arrows", () => {
    const { svg, caption } = drawTernary(document, cases, cases.composition!);
    expect(count(svg, "<circle")).toBe(3 * 20);
    expect(svg).toContain(">20 largest errors</text>");
    expect(caption).toMatch(/their sums are off by 0\.\d+ on average, and \d\.\d % of the outputs are negative/);
  });
});

describe("cases", () => {
  test("are those of the test part, else of validation, else of training", () => {
    const { rows } = madePredictions(9);
    const without = (...parts: string[]) => ({
      outputs: cases.outputs,
      rows: rows.filter((row) => !parts.includes(row.split)),
    });
    expect(heldCases(without(), 8)?.part).toBe("test");
    expect(heldCases(without("test"), 8)?.part).toBe("validation");
    expect(heldCases(without("test", "validation"), 8)?.part).toBe("train");
    expect(heldCases({ outputs: cases.outputs, rows: [] }, 8)).toBeNull();
  });

  test("are compositions only if all labels are fractions of 1", () => {
    const { outputs, rows } = madePredictions(9);
    const last = { ...rows[0], actual: [1, 1, -1] };
    expect(cases.composition?.negative).toBeGreaterThan(0);
    expect(heldCases({ outputs, rows: [...rows, last] }, 8)?.composition).toBeNull();
  });

  test("the worst have the largest mean absolute error", () => {
    const row = (image: string, predicted: number[]) => ({ image, split: "test", actual: [0, 0], predicted }) as const;
    const rows = [row("a", [0.1, 0]), row("b", [-2, 0]), row("c", [0.5, 0.6])];
    const given = heldCases({ outputs: ["x", "y"], rows }, 8)!;
    expect(worstOf(given, 2).map(({ image }) => image)).toEqual(["b", "c"]);
    expect(outputCases(given)[1]).toEqual({
      name: "y",
      r2: null,
      points: [0, 0, 0.6].map((predicted) => ({ actual: 0, predicted })),
    });
  });
});

test("a drawing as a file has a margin, and the palette's colours for paper", () => {
  expect(
    fileOf('<svg viewBox="0 0 100 50.5" height="50.5" width="100"><rect width="9" fill="var(--ink, #1b1e23)"/></svg>'),
  ).toBe('<svg viewBox="-16 -16 132 82.5" height="82.5" width="132"><rect width="9" fill="#1b1e23"/></svg>');
});

test("a drawing as PNG has twice its pixels", async () => {
  const pngOf = await loadPngDrawer();
  const png = Buffer.from(pngOf(drawActivations(document).svg));
  expect([...png.subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).toBe("PNG");
  expect(png.readUInt32BE(16)).toBe(2 * 756);
});
