/** What the colours of a figure say. */
import { type Encode, over, paint } from "./bitmap.ts";
import type { Scale } from "./colours.ts";
import { element, picture, text } from "./svg.ts";

/** Colours cover the image below them; a bar has the gray of a typical one. */
const typicalGray = 150;
const steps = 96;
const height = 8;

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly scale: Scale;
  readonly from: number;
  readonly to: number;
  /** Under its ends. */
  readonly labels: readonly [string, string];
}

/** A bar with a label under each end; 22 pixels high. */
export function colourBar({ x, y, width, scale, from, to, labels }: Bar, encode: Encode): string[] {
  const colours = paint(1, steps, (_, column) => over(typicalGray, scale(from + ((to - from) * column) / (steps - 1))));
  return [
    picture(x, y, width, height, encode(colours)),
    element("rect", { x, y, width, height, fill: "none", stroke: "#2b2f36", "stroke-width": 0.5 }),
    text(x, y + height + 12, labels[0], { muted: true, size: 10 }),
    text(x + width, y + height + 12, labels[1], { muted: true, size: 10, anchor: "end" }),
  ];
}

/** A value as a label says it. */
export const valueText = (value: number): string =>
  value === 0 ? "0" : Number(value.toPrecision(2)).toString().replace("-", "\u2212");
