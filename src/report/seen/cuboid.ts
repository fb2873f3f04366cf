/** A block in oblique projection, seen from the left above: its front, its top and its right side. */
import { element } from "./svg.ts";

export interface Cuboid {
  /** Of the front's upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Of the front: to the right, and down. */
  readonly thickness: number;
  readonly height: number;
  /** Away from the front. */
  readonly depth: number;
}

/** How far a pixel of depth goes to the right and up. */
export const oblique = { x: 0.42, y: 0.3 } as const;

type Point = readonly [x: number, y: number];

/** Its three visible faces. @param fill #rrggbb, as is `sideFill`. */
export function cuboid({ x, y, thickness, height, depth }: Cuboid, fill: string, sideFill = fill): string[] {
  const [right, bottom] = [x + thickness, y + height];
  const behind = ([px, py]: Point): Point => [px + depth * oblique.x, py - depth * oblique.y];
  const [topLeft, topRight, bottomRight]: [Point, Point, Point] = [
    [x, y],
    [right, y],
    [right, bottom],
  ];
  const top = [topLeft, topRight, behind(topRight), behind(topLeft)];
  const side = [topRight, bottomRight, behind(bottomRight), behind(topRight)];
  const front: Point[] = [topLeft, topRight, bottomRight, [x, bottom]];
  return [face(top, shaded(fill, 1.15)), face(side, shaded(sideFill, 0.85)), face(front, fill)];
}

function face(corners: readonly Point[], fill: string): string {
  const points = corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return element("polygon", { points, fill, stroke: "#2b2f36", "stroke-width": 0.6, "stroke-linejoin": "round" });
}

/** A colour made lighter or darker. */
const shaded = (fill: string, factor: number): string =>
  `#${(fill.match(/[0-9a-f]{2}/g) ?? [])
    .map((level) => Math.min(Math.round(Number.parseInt(level, 16) * factor), 255))
    .map((level) => level.toString(16).padStart(2, "0"))
    .join("")}`;
