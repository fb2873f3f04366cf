/** What one synthetic image shows, and its labels: a pure function of the seed and the image's number. */
import { UsageError } from "../../errors.ts";
import { RandomStream } from "../../rng.ts";
import type { Pair } from "../../shape.ts";
import { type Body, randomCell, randomDebris, randomDirection } from "./cell.ts";
import { type GeneratorOptions, requireOptions } from "./options.ts";
import { parameterNames, parameterTable, type Ranges, type Values } from "./parameters.ts";
import { placeCells, type PlacedCell } from "./place.ts";
import { drawPrior } from "./prior.ts";
import { type CellType, cellTypes, dustShape, normalised, type Triple } from "./types.ts";

/** The labels of an image, each in the order of `cellTypes`. */
export interface ImageLabels {
  /** What each cell's type was drawn from; sums to 1. */
  readonly prior: Triple;
  /** Cells that were drawn: their centres lie inside the image. */
  readonly counts: Triple;
  /** counts / total. */
  readonly fractions: Triple;
}

/** A spot of dust on the camera: (0, 0) is the middle of the image, whose sides are 2 long. */
export interface Dust {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Share of the light that its middle takes. */
  readonly depth: number;
}

export interface Scene extends ImageLabels {
  /** The image's number. */
  readonly index: number;
  /** What it is made with. */
  readonly values: Values;
  readonly cells: readonly PlacedCell[];
  readonly debris: readonly { readonly body: Body; readonly x: number; readonly y: number }[];
  readonly dust: readonly Dust[];
  /** Slope of the illumination, to the right and down. */
  readonly tilt: Pair;
}

/**
 * Scene `index` of the data set with these options. It depends on the seed and the index alone, not on the size or on
 * how many images are made.
 *
 * @throws UsageError if an option is out of range or the index is not a non-negative integer below 2^32.
 */
export function drawScene(index: number, options: GeneratorOptions): Scene {
  requireOptions(options);
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
    throw new UsageError(`generator: expected an image index of a non-negative integer below 2^32, got ${index}`);
  }
  const values = drawValues(new RandomStream(options.seed, "data/parameters", index), options.parameters);
  const stream = new RandomStream(options.seed, "data", index);
  const prior = drawPrior(stream, options.prior ?? { kind: "uniforms" });
  const types = Array.from({ length: values.cells }, () => drawType(stream, prior));
  const cells = placeTypes(stream, types, values);
  const counts = countsOf(cells);
  return { index, values, prior, counts, fractions: normalised(counts), cells, ...surroundings(stream, values) };
}

/** What is left of the cells of a field that is too full for them, of any type. */
const kept = 0.95;

/**
 * Cells of these types with their places. Largest first, for small ones find room between large ones. Where there is no
 * room for all, the last of the draw are left out, whatever their type: the labels must not lean to those that fit.
 */
function placeTypes(stream: RandomStream, types: readonly CellType[], values: Values): readonly PlacedCell[] {
  const order: readonly CellType[] = ["granular", "spindle", "round"];
  const sorted = order.flatMap((type) => types.filter((other) => other === type));
  const cells = sorted.map((type) => randomCell(stream, type, values));
  const placed = placeCells(stream, cells, values.fieldOfView, values.clustering);
  return placed ?? placeTypes(stream, types.slice(0, Math.floor(types.length * kept)), values);
}

function drawValues(stream: RandomStream, ranges: Ranges): Values {
  const draw = (name: keyof Ranges) => {
    const [low, high] = ranges[name];
    const u = stream.uniform(); // drawn for a single number too: a range in one place changes nothing elsewhere
    return "whole" in parameterTable[name] ? low + Math.floor(u * (high - low + 1)) : low + u * (high - low);
  };
  return Object.fromEntries(parameterNames.map((name) => [name, draw(name)])) as Record<keyof Ranges, number>;
}

function drawType(stream: RandomStream, [round, spindle]: Triple): CellType {
  const u = stream.uniform();
  return u < round ? "round" : u < round + spindle ? "spindle" : "granular";
}

function countsOf(cells: readonly PlacedCell[]): Triple {
  const [round, spindle, granular] = cellTypes.map((type) => cells.filter(({ cell }) => cell.type === type).length);
  return [round ?? 0, spindle ?? 0, granular ?? 0];
}

function surroundings(stream: RandomStream, values: Values): Pick<Scene, "debris" | "dust" | "tilt"> {
  const { fieldOfView } = values;
  const debris = Array.from({ length: values.debris }, () => ({
    body: randomDebris(stream),
    x: stream.uniform(0, fieldOfView),
    y: stream.uniform(0, fieldOfView),
  }));
  const dust = Array.from({ length: values.dust }, () => ({
    x: stream.uniform(-1, 1),
    y: stream.uniform(-1, 1),
    radius: stream.uniform(...dustShape.radius),
    depth: stream.uniform(...dustShape.depth),
  }));
  const [cosine, sine] = randomDirection(stream);
  return { debris, dust, tilt: [values.tilt * cosine, values.tilt * sine] };
}
