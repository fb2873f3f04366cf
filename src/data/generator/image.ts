/** One synthetic phase-contrast image and its labels, as a pure function of the seed and the image's index. */
import { UsageError } from "../../errors.ts";
import { RandomStream } from "../../rng.ts";
import { expose, illuminate } from "./camera.ts";
import { randomCell, uniformInteger } from "./cell.ts";
import { requireOptions, type GeneratorOptions } from "./options.ts";
import { paintCell } from "./paint.ts";
import { cellTypes, type CellType, type Triple } from "./parameters.ts";
import { placeCells } from "./place.ts";

/** The labels of an image, each in the order of `cellTypes`. */
export interface ImageLabels {
  /** What each cell's type was drawn from; sums to 1. */
  readonly prior: Triple;
  /** Cells that were drawn: their centres lie inside the image. */
  readonly counts: Triple;
  /** counts / total. */
  readonly fractions: Triple;
}

export interface GeneratedImage extends ImageLabels {
  /** [size, size] gray levels, row by row. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/**
 * Image `index` of the data set with these options. The labels depend on the seed, the index and the number of cells,
 * not on the size.
 *
 * @throws UsageError if an option is out of range or the index is not a non-negative integer below 2^32.
 */
export function generateImage(index: number, options: GeneratorOptions): GeneratedImage {
  requireOptions(options);
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
    throw new UsageError(`generator: expected an image index of a non-negative integer below 2^32, got ${index}`);
  }
  const stream = new RandomStream(options.seed, "data", index);
  const prior = randomPrior(stream);
  const types = Array.from({ length: uniformInteger(stream, options.cells) }, () => randomType(stream, prior));
  // Largest first, or a crowded field would have room for small cells only and the labels would lean to them.
  const largestFirst = cellTypes.toReversed().flatMap((type) => types.filter((drawn) => drawn === type));
  const placed = placeCells(
    stream,
    largestFirst.map((type) => randomCell(stream, type)),
  );
  const canvas = illuminate(stream, options.size);
  for (const cell of placed) paintCell(canvas, cell);
  const count = (type: CellType) => placed.filter(({ cell }) => cell.type === type).length;
  const counts: Triple = [count("round"), count("spindle"), count("granular")];
  return { pixels: expose(stream, canvas), prior, counts, fractions: normalised(counts) };
}

/** Normalised uniforms: what the thesis's label statistics fit best. */
function randomPrior(stream: RandomStream): Triple {
  const positive = () => 1 - stream.uniform();
  return normalised([positive(), positive(), positive()]);
}

function randomType(stream: RandomStream, [round, spindle]: Triple): CellType {
  const u = stream.uniform();
  return u < round ? "round" : u < round + spindle ? "spindle" : "granular";
}

function normalised([a, b, c]: Triple): Triple {
  const total = a + b + c;
  return [a / total, b / total, c / total];
}
