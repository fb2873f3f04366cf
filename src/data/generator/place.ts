/** Where cells lie: dart throwing without strong overlap. */
import type { RandomStream } from "../../rng.ts";
import type { Cell } from "./cell.ts";
import { fieldSize, placement } from "./parameters.ts";

/** A cell and its centre in field pixels; the centre lies inside the field. */
export interface PlacedCell {
  readonly cell: Cell;
  readonly x: number;
  readonly y: number;
}

/** Places the cells in their order; one that finds no room in a bounded number of throws is left out. */
export function placeCells(stream: RandomStream, cells: readonly Cell[]): PlacedCell[] {
  const placed: PlacedCell[] = [];
  for (const cell of cells) {
    for (let tries = 0; tries < placement.tries; tries++) {
      const candidate = { cell, x: stream.uniform(0, fieldSize), y: stream.uniform(0, fieldSize) };
      if (placed.some((other) => collide(candidate, other))) continue;
      placed.push(candidate);
      break;
    }
  }
  return placed;
}

function collide(a: PlacedCell, b: PlacedCell): boolean {
  const x = b.x - a.x;
  const y = b.y - a.y;
  if (!nearer(x, y, a.cell.reach + b.cell.reach)) return false;
  return a.cell.discs.some((mine) =>
    b.cell.discs.some((other) => nearer(x + other.x - mine.x, y + other.y - mine.y, mine.radius + other.radius)),
  );
}

const nearer = (x: number, y: number, radii: number): boolean => {
  const distance = (1 - placement.overlap) * radii;
  return x * x + y * y < distance * distance;
};
