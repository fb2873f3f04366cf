/** Where cells lie: dart throwing on a torus without strong overlap. */
import type { RandomStream } from "../../rng.ts";
import { type Cell, randomDirection } from "./cell.ts";

/** A cell and its centre in micrometres, from 0 to the field of view. */
export interface PlacedCell {
  readonly cell: Cell;
  readonly x: number;
  readonly y: number;
}

/** Throws before the field is called full. */
const tries = 400;
/** Two outlines may overlap by this part of the sum of their radii. */
const overlap = 0.1;

/**
 * Places the cells in their order.
 *
 * @param clustering the chance that a cell is laid against one that has a place already.
 * @returns undefined if one finds no room in a bounded number of throws.
 */
export function placeCells(
  stream: RandomStream,
  cells: readonly Cell[],
  fieldOfView: number,
  clustering: number,
): PlacedCell[] | undefined {
  const placed: PlacedCell[] = [];
  for (const cell of cells) {
    const clustered = stream.uniform() < clustering;
    const found = placeOf(stream, cell, clustered, placed, fieldOfView);
    if (!found) return undefined;
    placed.push(found);
  }
  return placed;
}

function placeOf(
  stream: RandomStream,
  cell: Cell,
  clustered: boolean,
  placed: readonly PlacedCell[],
  fieldOfView: number,
): PlacedCell | undefined {
  for (let attempt = 0; attempt < tries; attempt++) {
    const neighbour = clustered ? placed[stream.integer(placed.length)] : undefined;
    const [x, y] = neighbour
      ? beside(stream, neighbour, cell)
      : ([stream.uniform(0, fieldOfView), stream.uniform(0, fieldOfView)] as const);
    const candidate = { cell, x: within(x, fieldOfView), y: within(y, fieldOfView) };
    if (!placed.some((other) => collide(candidate, other, fieldOfView))) return candidate;
  }
  return undefined;
}

/** A point about as far from a neighbour as the two are wide. */
function beside(stream: RandomStream, { cell, x, y }: PlacedCell, own: Cell): [x: number, y: number] {
  const [cosine, sine] = randomDirection(stream);
  const distance = (cell.halfWidth + own.halfWidth) * stream.uniform(0.95, 1.2);
  return [x + distance * cosine, y + distance * sine];
}

/** The same place on the torus, from 0 to the field of view. */
function within(at: number, fieldOfView: number): number {
  const rest = at - fieldOfView * Math.floor(at / fieldOfView);
  return rest < fieldOfView ? rest : 0;
}

/** A disc that stands for a part of a cell where it must keep clear of others. */
interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

function collide(a: PlacedCell, b: PlacedCell, fieldOfView: number): boolean {
  const shortest = (difference: number) => difference - fieldOfView * Math.round(difference / fieldOfView);
  const [x, y] = [shortest(b.x - a.x), shortest(b.y - a.y)];
  if (!nearer(x, y, a.cell.reach + b.cell.reach)) return false;
  const others = discsOf(b.cell);
  return discsOf(a.cell).some((mine) =>
    others.some((other) => nearer(x + other.x - mine.x, y + other.y - mine.y, mine.radius + other.radius)),
  );
}

const nearer = (x: number, y: number, radii: number): boolean => {
  const distance = (1 - overlap) * radii;
  return x * x + y * y < distance * distance;
};

/** Shares of the half length at which a long cell's discs lie. */
const stations = [-0.8, -0.4, 0, 0.4, 0.8];
/** Cells at most so much longer than wide are one disc. */
const roundish = 1.5;

const known = new WeakMap<Cell, readonly Disc[]>();

/** The discs of a cell, about its centre. */
function discsOf(cell: Cell): readonly Disc[] {
  const discs = known.get(cell) ?? makeDiscs(cell);
  known.set(cell, discs);
  return discs;
}

function makeDiscs({ halfLength, halfWidth, bend, axis: [cosine, sine] }: Cell): readonly Disc[] {
  if (halfLength < roundish * halfWidth) return [{ x: 0, y: 0, radius: (halfLength + halfWidth) / 2 }];
  return stations.map((part) => {
    const along = part * halfLength;
    const across = part * part * bend;
    const radius = halfWidth * Math.sqrt(1 - part * part);
    return { x: along * cosine - across * sine, y: along * sine + across * cosine, radius };
  });
}
