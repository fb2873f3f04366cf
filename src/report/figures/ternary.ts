/** Compositions of three parts in a triangle: what is, what was predicted, and the largest errors between the two. */
import * as Plot from "@observablehq/plot";
import type { Composition } from "../../nn/evaluation/composition.ts";
import { type Cases, casesText, worstOf } from "../cases.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { scoreText } from "./axes.ts";
import { arrange, draw, figure, gridOf } from "./drawing.ts";
import { dotStyle } from "./panels.ts";

/** Errors that are drawn as arrows. */
const arrows = 20;

/** Where a composition of three parts lies: the first at the top, the others at the lower corners, sides of 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

const height = Math.sqrt(3) / 2;

/**
 * The place of three numbers. Predictions need not add up to 1: they go to the nearest composition that does, each
 * changed by the same amount, and lie outside the triangle where a part is negative.
 */
export function placeOf(values: readonly number[]): Place {
  const missing = (1 - values.reduce((sum, value) => sum + value, 0)) / 3;
  const [top = 0, , right = 0] = values.map((value) => value + missing);
  return { x: right + top / 2, y: top * height };
}

/** @param cases of three outputs, whose composition is given. */
export function drawTernary(document: Document, cases: Cases, composition: Composition): Figure {
  const { rows, outputs } = cases;
  const actual = rows.map((row) => placeOf(row.actual));
  const predicted = rows.map((row) => placeOf(row.predicted));
  const worst = worstOf(cases, arrows).map((row) => ({ from: placeOf(row.actual), to: placeOf(row.predicted) }));
  const view = viewOf([...actual, ...predicted]);
  const panels = [
    { title: "actual", marks: [dots(actual)] },
    { title: "predicted", marks: [dots(predicted)] },
    { title: `${worst.length} largest errors`, marks: arrowMarks(worst) },
  ];
  return figure(
    { id: "ternary", title: "Compositions, actual and predicted", caption: captionOf(cases, composition) },
    (width) => {
      const { columns, panelWidth } = gridOf(width, panels.length);
      const drawings = panels.map((own) => triangle(document, { ...own, outputs, view }, panelWidth));
      return arrange(document, drawings, columns);
    },
  );
}

function captionOf(cases: Cases, { sumError, negative }: Composition): string {
  return (
    `${casesText(cases)}. A corner is an image of one type alone, the middle one of equal parts; lines are 25, 50 and 75 %. ` +
    `Arrows go from the label to the prediction. Nothing makes predictions add up to 1: their sums are off by ` +
    `${scoreText(sumError)} on average, and ${(100 * negative).toFixed(1)} % of the outputs are negative. Each is drawn at the ` +
    "nearest composition whose sum is 1, outside the triangle where a part is negative."
  );
}

interface View {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The triangle and all places, with room for the corners' names. */
function viewOf(places: readonly Place[]): View {
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  return {
    x: [Math.min(0, ...xs) - 0.06, Math.max(1, ...xs) + 0.06],
    y: [Math.min(0, ...ys) - 0.14, Math.max(height, ...ys) + 0.12],
  };
}

interface Triangle {
  readonly title: string;
  readonly marks: readonly Plot.Markish[];
  readonly outputs: readonly string[];
  readonly view: View;
}

function triangle(document: Document, { title, marks, outputs, view }: Triangle, width: number): Element {
  const scale = width / (view.x[1] - view.x[0]);
  const top = 26;
  const options = { width, height: Math.round(scale * (view.y[1] - view.y[0])) + top };
  const none = { marginTop: top, marginRight: 0, marginBottom: 0, marginLeft: 0 };
  const corner = { x: "x", y: "y", text: "name", fill: palette.muted } as const;
  const [first = "", second = "", third = ""] = outputs;
  return draw(document, {
    ...options,
    ...none,
    x: { domain: view.x, axis: null },
    y: { domain: view.y, axis: null },
    marks: [
      Plot.line(gridLines, { x: "x", y: "y", z: "line", stroke: palette.grid }),
      Plot.line([corners[0], corners[1], corners[2], corners[0]], { x: "x", y: "y", stroke: palette.muted }),
      ...marks,
      Plot.text([{ ...corners[0], name: first }], { ...corner, dy: -12 }),
      Plot.text([{ ...corners[1], name: second }], { ...corner, textAnchor: "start", dx: -6, dy: 15 }),
      Plot.text([{ ...corners[2], name: third }], { ...corner, textAnchor: "end", dx: 6, dy: 15 }),
      Plot.text([title], { frameAnchor: "top-left", textAnchor: "start", dy: -18, fontSize: 13, fontWeight: 600 }),
    ],
  }).svg;
}

const corners = [placeOf([1, 0, 0]), placeOf([0, 1, 0]), placeOf([0, 0, 1])] as const;

/** Where one part is 25, 50 or 75 %. */
const gridLines = [0.25, 0.5, 0.75].flatMap((share) =>
  [0, 1, 2].flatMap((part) =>
    [0, 1].map((end) => {
      const values = [0, 0, 0];
      values[part] = share;
      values[(part + 1 + end) % 3] = 1 - share;
      return { ...placeOf(values), line: `${part} ${share}` };
    }),
  ),
);

const dots = (places: readonly Place[]): Plot.Markish =>
  Plot.dot(places, { x: "x", y: "y", ...dotStyle(places.length) });

interface Arrow {
  readonly from: Place;
  readonly to: Place;
}

function arrowMarks(worst: readonly Arrow[]): Plot.Markish[] {
  const ends = {
    x1: ({ from }: Arrow) => from.x,
    y1: ({ from }: Arrow) => from.y,
    x2: ({ to }: Arrow) => to.x,
    y2: ({ to }: Arrow) => to.y,
  };
  return [
    Plot.arrow(worst, { ...ends, stroke: palette.training, strokeWidth: 1.25, headLength: 6 }),
    Plot.dot(
      worst.map(({ from }) => from),
      { x: "x", y: "y", r: 2.4, fill: palette.ink },
    ),
  ];
}
