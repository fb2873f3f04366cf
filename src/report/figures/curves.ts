/** Figures 6 to 9 of the thesis: a score by epoch, with the ends of the thesis's own curves. */
import * as Plot from "@observablehq/plot";
import type { EpochScores, HistoryRow } from "../../nn/history.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { type CurveName, thesisCurves, thesisEpochs } from "../thesis.ts";
import { axes, bottomMargin, epochTicks, linearTicks, leftMargin, logTicks, scoreText, spread } from "./axes.ts";
import { extentOf } from "./extent.ts";
import { add, draw, figure } from "./drawing.ts";

export interface Curve {
  readonly name: CurveName;
  /** The figure's number in the thesis. */
  readonly number: number;
  readonly title: string;
  readonly unit: string;
}

export const curves: readonly Curve[] = [
  { name: "mse", number: 6, title: "Mean squared error by epoch", unit: "MSE" },
  { name: "mae", number: 7, title: "Mean absolute error by epoch", unit: "MAE" },
  { name: "r2", number: 8, title: "R² by epoch", unit: "R²" },
  { name: "mape", number: 9, title: "Mean absolute percentage error by epoch", unit: "MAPE, %" },
];

interface Series {
  readonly label: string;
  readonly colour: string;
  readonly dash: string | undefined;
  readonly points: readonly Point[];
}

interface Point {
  readonly epoch: number;
  readonly value: number;
}

/** A value of the thesis, drawn at the first or the last epoch. */
interface ThesisEnd extends Point {
  readonly label: string;
  readonly colour: string;
}

/** @param rows at least one. */
export function drawCurve(document: Document, curve: Curve, rows: readonly HistoryRow[]): Figure {
  const lines = seriesOf(curve.name, rows);
  const ends = thesisEnds(curve.name, rows.length);
  const axis = axisOf(curve.name, lines, ends);
  return figure(
    {
      id: `figure-${curve.number}-${curve.name}`,
      title: `Figure ${curve.number}. ${curve.title}`,
      caption: captionOf(curve, rows, lines, axis),
    },
    (width) => plot(document, { curve, lines, ends, axis, last: rows.length, best: bestEpoch(rows) }, width),
  );
}

function seriesOf(name: CurveName, rows: readonly HistoryRow[]): Series[] {
  const points = (scoresOf: (row: HistoryRow) => EpochScores | null | undefined): Point[] =>
    rows.flatMap((row) => {
      const value = scoresOf(row)?.[name];
      return value === null || value === undefined ? [] : [{ epoch: row.epoch, value }];
    });
  const all: Series[] = [
    { label: "training", colour: palette.training, dash: undefined, points: points((row) => row) },
    {
      label: "training, evaluated",
      colour: palette.training,
      dash: "4 3",
      points: points((row) => row.trainEvaluated),
    },
    { label: "validation", colour: palette.held, dash: undefined, points: points((row) => row.val) },
  ];
  return all.filter((series) => series.points.length > 0);
}

function thesisEnds(name: CurveName, epochs: number): ThesisEnd[] {
  const { training, validation } = thesisCurves[name];
  const ends = [
    { label: "thesis, training", colour: palette.training, ...training },
    { label: "thesis, validation", colour: palette.held, ...validation },
  ];
  return ends.flatMap(({ label, colour, first, last }) => [
    { label, colour, epoch: 1, value: first },
    { label, colour, epoch: Math.max(epochs, 2), value: last },
  ]);
}

function bestEpoch(rows: readonly HistoryRow[]): number | undefined {
  let best: HistoryRow | undefined;
  for (const row of rows) if (row.val && row.val.loss < (best?.val?.loss ?? Infinity)) best = row;
  return best?.epoch;
}

interface Axis {
  readonly type: "linear" | "log";
  readonly domain: readonly [number, number];
  /** Values below the axis, which are drawn on its lower edge. */
  readonly below: number;
}

/**
 * Errors on a logarithmic axis where the first epochs would press the rest against zero. R² has no logarithm: its axis
 * begins at -1, unless a curve ends below, and says how many values lie under it.
 */
function axisOf(name: CurveName, lines: readonly Series[], ends: readonly ThesisEnd[]): Axis {
  const values = [...lines.flatMap(({ points }) => points), ...ends].map(({ value }) => value);
  const [least, most] = extentOf(values);
  if (name === "r2") {
    const lowest = Math.min(-1, ...lines.map(({ points }) => points.at(-1)?.value ?? 0));
    const shown = Math.max(least, lowest);
    const low = shown - 0.03 * (1 - shown);
    return { type: "linear", domain: [low, 1], below: values.filter((value) => value < low).length };
  }
  const isWide = least > 0 && most / least > 10;
  return isWide
    ? { type: "log", domain: [least / 1.15, most * 1.15], below: 0 }
    : { type: "linear", domain: [0, most * 1.05], below: 0 };
}

function captionOf(
  { name }: Curve,
  rows: readonly HistoryRow[],
  lines: readonly Series[],
  { type, below }: Axis,
): string {
  const epochs = rows.length === 1 ? "1 epoch" : `${rows.length} epochs`;
  const evaluated = lines.some(({ dash }) => dash !== undefined);
  return [
    `${epochs}${type === "log" ? ", logarithmic axis" : ""}.`,
    "Training is scored by its own steps: with their dropout and augmentation, while the weights move.",
    evaluated ? "Dashed: training images scored as those of validation are, at the end of the epoch." : "",
    rows.every(({ val }) => val === null) ? "No image validated." : "",
    `Diamonds: the thesis's first epoch and its ${thesisEpochs}th` +
      (rows.length === thesisEpochs ? "." : ", the latter at the right edge whatever this run's length.") +
      " Its data are others.",
    below > 0 ? `${below} ${below === 1 ? "value lies" : "values lie"} below the axis, drawn on its edge.` : "",
    name === "mape" ? "Labels near zero dominate it." : "",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

interface Parts {
  readonly curve: Curve;
  readonly lines: readonly Series[];
  readonly ends: readonly ThesisEnd[];
  readonly axis: Axis;
  readonly last: number;
  readonly best: number | undefined;
}

/** Room beside the plot for the names of the lines; on a phone they stand under it. */
const nameWidth = 214;
const nameHeight = 17;

function plot(document: Document, parts: Parts, width: number): Element {
  const isWide = width > 500;
  const names = namesOf(parts);
  const plotHeight = isWide ? 300 : 240;
  const height = isWide ? plotHeight : plotHeight + names.length * nameHeight;
  const marginRight = isWide ? nameWidth : 14;
  const marginBottom = bottomMargin + height - plotHeight;
  const { svg, y } = draw(document, {
    ...{ width, height, marginTop: 36, marginRight, marginBottom, marginLeft: leftMargin },
    x: { type: "linear", domain: [1, Math.max(parts.last, 2)] },
    y: { type: parts.axis.type, domain: parts.axis.domain, insetBottom: diamondHeight / 2 + 1 },
    marks: marksOf(parts),
  });
  if (isWide) {
    const wanted = names.map(({ value }) => y(Math.max(value, parts.axis.domain[0])));
    const places = spread(wanted, nameHeight, 36, plotHeight - bottomMargin);
    names.forEach((name, i) => writeName(svg, name, width - nameWidth + 12, places[i] ?? 0));
  } else {
    names.forEach((name, i) => writeName(svg, name, leftMargin, plotHeight + (i + 0.5) * nameHeight));
  }
  return svg;
}

function marksOf({ curve, lines, ends, axis, last, best }: Parts): Plot.Markish[] {
  const [low, high] = axis.domain;
  const ticks = axis.type === "log" ? logTicks(low, high) : linearTicks(low, high, 5);
  const y = ({ value }: Point) => Math.max(value, low);
  return [
    ...axes({ x: epochTicks(last), y: ticks, xLabel: "epoch", yLabel: curve.unit }),
    ...(best === undefined ? [] : bestMarks(best, last)),
    ...lines.map(({ points, colour, dash }) => {
      const style = { stroke: colour, strokeWidth: 1.75, ...(dash !== undefined && { strokeDasharray: dash }) };
      return Plot.line(points, { x: "epoch", y, ...style });
    }),
    // Few epochs are points in the first place, a single one nothing else.
    ...(last <= 15 ? lines.map(({ points, colour }) => Plot.dot(points, { x: "epoch", y, r: 3, fill: colour })) : []),
    Plot.dot(ends, { x: "epoch", y, ...diamond, stroke: "colour", ariaDescription: "ends of the thesis's curves" }),
  ];
}

/** Of a diamond of that radius, which has the area of the circle; on the axis's edge it stays off the ticks. */
const diamondHeight = 15;
const diamond = { symbol: "diamond", r: 4.5, fill: palette.paper, strokeWidth: 1.5 } as const;

function bestMarks(best: number, last: number): Plot.Markish[] {
  const place = (best - 1) / Math.max(last - 1, 1);
  const textAnchor = place < 1 / 3 ? "start" : place > 2 / 3 ? "end" : "middle"; // within the plot, also on a phone
  return [
    Plot.ruleX([best], { stroke: palette.muted, strokeWidth: 1, strokeDasharray: "2 3" }),
    Plot.text([best], {
      x: (epoch: number) => epoch,
      text: (epoch: number) => `lowest validation loss: epoch ${epoch}`,
      ...{ frameAnchor: "top", dy: -9, textAnchor, fill: palette.muted, fontSize: 11 },
    }),
  ];
}

interface Name {
  readonly text: string;
  readonly value: number;
  readonly colour: string;
  readonly isThesis: boolean;
  readonly dash: string | undefined;
}

/** What stands at the right ends: this run's curves and the thesis's. */
function namesOf({ lines, ends, last }: Parts): Name[] {
  const own = lines.map(({ label, colour, dash, points }) => {
    return { label, colour, dash, value: points.at(-1)?.value ?? 0, isThesis: false };
  });
  const theirs = ends
    .filter(({ epoch }) => epoch === Math.max(last, 2))
    .map(({ label, colour, value }) => ({ label, colour, value, isThesis: true, dash: undefined }));
  return [...own, ...theirs].map(({ label, ...rest }) => ({ ...rest, text: `${label} ${scoreText(rest.value)}` }));
}

/** A name with a stroke or a diamond before it, as the plot has them. */
function writeName(svg: Element, { text, colour, isThesis, dash }: Name, x: number, y: number): void {
  if (isThesis) {
    const path = `M${x + 8},${y - 5}l5,5l-5,5l-5,-5z`;
    add(svg, "path", { d: path, fill: palette.paper, stroke: colour, "stroke-width": 1.5 });
  } else {
    const line = { x1: x, x2: x + 16, y1: y, y2: y, stroke: colour, "stroke-width": 2 };
    add(svg, "line", dash === undefined ? line : { ...line, "stroke-dasharray": dash });
  }
  const weight = isThesis ? 400 : 600;
  add(svg, "text", { x: x + 22, y, dy: "0.35em", "text-anchor": "start", fill: colour, "font-weight": weight }, text);
}
