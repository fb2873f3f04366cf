/** Shortcuts of a network as arcs over its blocks: from what a layer reads to the sum that it is added to. */
import type { Sequential } from "../../nn/sequential.ts";
import { palette } from "../palette.ts";
import type { Block } from "./network-blocks.ts";
import { element, escaped } from "./svg.ts";

/** Where a shortcut runs, in blocks from the left edge of the first. */
export interface Arc {
  readonly name: string;
  /** The layer whose input is added. */
  readonly source: string;
  readonly start: number;
  readonly end: number;
  /** How many arcs that are drawn below it overlap it. */
  readonly lane: number;
}

/** In the model's order, one for each shortcut. */
export function arcsOf({ layers }: Pick<Sequential, "layers">, blocks: readonly Block[]): Arc[] {
  const arcs: Arc[] = [];
  for (const { name, layer } of layers) {
    const source = layer.from && layers.find((other) => other.layer === layer.from)?.name;
    if (source === undefined) continue;
    const [start, end] = [placeOf(source, blocks, 0.5), placeOf(name, blocks, 1)];
    const below = arcs.filter((other) => other.start < end && start < other.end);
    arcs.push({ name, source, start, end, lane: Math.max(0, ...below.map(({ lane }) => lane + 1)) });
  }
  return arcs;
}

/** Before the block that a layer begins; as far into it as `within` says if the layer follows in it. */
const placeOf = (layer: string, blocks: readonly Block[], within: number): number =>
  blocks.findIndex(({ name }) => name === layer) >= 0
    ? blocks.findIndex(({ name }) => name === layer)
    : blocks.findIndex(({ followers }) => followers.includes(layer)) + within;

/** Pixels from an arc to the next above it, and from the blocks to the first. */
const laneHeight = 12;

/** Pixels above a row's blocks that its arcs take. */
export const heightOfArcs = (arcs: readonly Arc[]): number =>
  arcs.length === 0 ? 0 : (Math.max(...arcs.map(({ lane }) => lane)) + 1) * laneHeight;

/** A row of blocks: which, and where it is drawn. */
export interface ArcRow {
  readonly first: number;
  readonly count: number;
  readonly pitch: number;
  /** Where the blocks' space begins, and the line on which their middles lie. */
  readonly top: number;
  readonly middle: number;
}

/** Whether some of an arc lies over a row. An arc that ends where the row begins is drawn in the row before. */
export const isOver = ({ start, end }: Arc, first: number, count: number): boolean =>
  start < first + count && end > first;

const radius = 6;
const sumRadius = 4.5;

/** As much of the arc as lies over the row: an arc over two rows leaves the one at its right edge. */
export function drawArc({ name, source, start, end, lane }: Arc, row: ArcRow): string {
  const { first, count, pitch, top, middle } = row;
  const y = top - (lane + 0.5) * laneHeight;
  const begins = start >= first;
  const ends = end <= first + count;
  const xOf = (place: number) => Math.min(Math.max((place - first) * pitch, radius), count * pitch - radius);
  const [left, right] = [begins ? xOf(start) : 0, ends ? xOf(end) : count * pitch];
  const up = begins ? `M${left} ${middle}V${y + radius}q0 ${-radius} ${radius} ${-radius}` : `M${left} ${y}`;
  const down = ends ? `H${right - radius}q${radius} 0 ${radius} ${radius}V${middle - sumRadius}` : `H${right}`;
  const stroke = { fill: "none", stroke: palette.ink, "stroke-width": 1.2 };
  return element(
    "g",
    {},
    element("title", {}, escaped(`${name}: the input of ${source}`)),
    element("path", { d: up + down, ...stroke }),
    ...(begins ? [element("circle", { cx: left, cy: middle, r: 2, fill: palette.ink })] : []),
    ...(ends ? [sum(right, middle, stroke)] : []),
  );
}

/** A circled plus. */
const sum = (x: number, y: number, stroke: Readonly<Record<string, string | number>>): string =>
  element("circle", { cx: x, cy: y, r: sumRadius, ...stroke, fill: palette.paper }) +
  element("path", { d: `M${x - 2.5} ${y}h5m-2.5 -2.5v5`, ...stroke });
