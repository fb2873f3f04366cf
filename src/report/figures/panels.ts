/** Panels of one output each, side by side on the same scales. */
import * as Plot from "@observablehq/plot";
import { type OutputCases } from "../cases.ts";
import { palette } from "../palette.ts";
import { axes, type Axes, bottomMargin, leftMargin } from "./axes.ts";
import { extentOf } from "./extent.ts";
import { arrange, draw, gridOf } from "./drawing.ts";

export type Domain = readonly [low: number, high: number];

/** What a panel says in its upper corners, and what it shows. */
export interface Panel {
  readonly title: string;
  readonly remark: string;
  readonly marks: readonly Plot.Markish[];
}

export interface PanelSpec {
  readonly axes: Axes;
  readonly x: Domain;
  readonly y: Domain;
  readonly panels: readonly Panel[];
}

const margin = { marginTop: 50, marginRight: 12, marginBottom: bottomMargin, marginLeft: leftMargin } as const;

/** @param tallness height by width of the plotted area. */
export function drawPanels(document: Document, spec: PanelSpec, width: number, tallness = 1): Element {
  const { columns, panelWidth } = gridOf(width, spec.panels.length);
  const inner = panelWidth - margin.marginLeft - margin.marginRight;
  const height = Math.round(inner * tallness) + margin.marginTop + margin.marginBottom;
  const panels = spec.panels.map(({ title, remark, marks }) => {
    const corner = { frameAnchor: "top-left", textAnchor: "start", dx: -leftMargin } as const;
    const { svg } = draw(document, {
      ...margin,
      ...{ width: panelWidth, height, x: { domain: spec.x }, y: { domain: spec.y } },
      marks: [
        ...axes(spec.axes),
        ...marks,
        Plot.text([title], { ...corner, dy: -42, fontSize: 13, fontWeight: 600 }),
        Plot.text([remark], { frameAnchor: "top-right", textAnchor: "end", dy: -42, fill: palette.muted }),
      ],
    });
    return svg;
  });
  return arrange(document, panels, columns);
}

/** The diagonal: what was predicted is what is. */
export const diagonal = ([low, high]: Domain): Plot.Markish =>
  Plot.line(
    [low, high].map((value) => ({ value })),
    { x: "value", y: "value", stroke: palette.muted, strokeDasharray: "4 3", ariaDescription: "diagonal" },
  );

/** Dots that stay apart when they are few, and show where they crowd when they are many. */
export const dotStyle = (count: number) =>
  ({ r: count > 400 ? 1.8 : 2.4, fill: palette.held, fillOpacity: count > 400 ? 0.35 : 0.55 }) as const;

/** The scale of labels and predictions, one for all outputs: at least 0 to 1 for fractions. */
export function domainOf(outputs: readonly OutputCases[], isComposition: boolean): Domain {
  const values = outputs.flatMap(({ points }) => points.flatMap(({ actual, predicted }) => [actual, predicted]));
  const given = isComposition ? [0, 1].concat(values) : values;
  return padded(...extentOf(given));
}

/** A little wider, so that no dot lies on the edge. */
export function padded(low: number, high: number): Domain {
  const room = (high - low) * 0.03 || 0.5;
  return [low - room, high + room];
}
