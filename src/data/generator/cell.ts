/** Cells of the three types: what is drawn at random about each before it has a place. */
import type { RandomStream } from "../../rng.ts";
import type { Pair } from "../../shape.ts";
import {
  randomDirection,
  randomRadial,
  reachOf,
  signedDistance,
  type Outline,
  type Radial,
  type Spindle,
} from "./outline.ts";
import { contrastVariation, granular, round, spindle, type CellType, type Look } from "./parameters.ts";

/** A body with an outline, such as a cell or a nucleus, about (x, y). */
export interface Body {
  readonly x: number;
  readonly y: number;
  readonly outline: Outline;
  readonly look: Look;
}

/** A smooth spot that adds `amplitude` at (x, y) and nothing from `radius` on. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly amplitude: number;
}

/** Positions are relative to the cell's centre, lengths in field pixels. */
export interface Cell {
  readonly type: CellType;
  readonly bodies: readonly Body[];
  readonly spots: readonly Spot[];
  /** Discs that stand for the cell where it must keep clear of others. */
  readonly discs: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
  /** No disc reaches farther from the centre. */
  readonly reach: number;
}

/** A cell of the given type with its size, outline, contrast and texture drawn from the stream. */
export function randomCell(stream: RandomStream, type: CellType): Cell {
  switch (type) {
    case "round":
      return randomRound(stream);
    case "spindle":
      return randomSpindle(stream);
    case "granular":
      return randomGranular(stream);
  }
}

function randomRound(stream: RandomStream): Cell {
  const outline = randomRadial(stream, stream.uniform(...round.radius), round.irregularity);
  const look = varied(stream, round.look);
  return {
    type: "round",
    bodies: [{ x: 0, y: 0, outline, look }],
    spots: [],
    discs: [{ x: 0, y: 0, radius: outline.radius }],
    reach: outline.radius,
  };
}

function randomSpindle(stream: RandomStream): Cell {
  const halfLength = stream.uniform(...spindle.halfLength);
  const outline: Spindle = {
    kind: "spindle",
    halfLength,
    halfWidth: stream.uniform(...spindle.halfWidth),
    bend: halfLength * stream.uniform(-spindle.bend, spindle.bend),
    axis: randomDirection(stream),
  };
  const look = varied(stream, spindle.look);
  const [cosine, sine] = outline.axis;
  const discs = [-0.8, -0.4, 0, 0.4, 0.8].map((part) => {
    const along = part * halfLength;
    const across = part * part * outline.bend;
    const radius = outline.halfWidth * (1 - part * part);
    return { x: along * cosine - across * sine, y: along * sine + across * cosine, radius };
  });
  return { type: "spindle", bodies: [{ x: 0, y: 0, outline, look }], spots: [], discs, reach: reachOf(outline) };
}

function randomGranular(stream: RandomStream): Cell {
  const outline = randomRadial(stream, stream.uniform(...granular.radius), granular.irregularity);
  const look = varied(stream, granular.look);
  const nucleus = randomNucleus(stream, outline);
  const { nucleolus } = granular.nucleus;
  return {
    type: "granular",
    bodies: [{ x: 0, y: 0, outline, look }, nucleus],
    spots: [{ x: nucleus.x, y: nucleus.y, ...nucleolus }, ...randomGranules(stream, outline, nucleus)],
    discs: [{ x: 0, y: 0, radius: outline.radius }],
    reach: outline.radius,
  };
}

function randomNucleus(stream: RandomStream, cell: Radial): Body {
  const { radius, offset, look } = granular.nucleus;
  const [cosine, sine] = randomDirection(stream);
  const distance = cell.radius * stream.uniform(0, offset);
  const outline = randomRadial(stream, cell.radius * stream.uniform(...radius), round.irregularity);
  return { x: distance * cosine, y: distance * sine, outline, look };
}

/** Granules are uniform over the cell; those that would lie over the nucleus are left out. */
function randomGranules(stream: RandomStream, cell: Radial, nucleus: Body): Spot[] {
  const { count, radius, amplitude, bright, reach } = granular.granules;
  const granules = Array.from({ length: uniformInteger(stream, count) }, (): Spot => {
    const [cosine, sine] = randomDirection(stream);
    const distance = reach * cell.radius * Math.sqrt(stream.uniform());
    const sign = stream.uniform() < bright ? 1 : -1;
    return {
      x: distance * cosine,
      y: distance * sine,
      radius: stream.uniform(...radius),
      amplitude: sign * stream.uniform(...amplitude),
    };
  });
  return granules.filter(({ x, y }) => signedDistance(nucleus.outline, x - nucleus.x, y - nucleus.y) > 0);
}

/** A uniform integer from low to high, both included. */
export const uniformInteger = (stream: RandomStream, [low, high]: Pair): number => low + stream.integer(high - low + 1);

function varied(stream: RandomStream, look: Look): Look {
  const gain = stream.uniform(1 - contrastVariation, 1 + contrastVariation);
  return { ...look, halo: gain * look.halo, edge: gain * look.edge, centre: gain * look.centre };
}
