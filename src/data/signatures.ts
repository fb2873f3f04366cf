/**
 * Signatures of images: small, of mean 0 and length 1, so that the inner product of two is a correlation, which neither
 * brightness nor contrast changes.
 *
 * What all images have in common is taken out first: the mean over them and over the eight orientations. Otherwise all
 * images of one cell in the centre, or under one lamp, would be alike. As that mean looks the same in every orientation,
 * the signature of a turned image is the turned signature.
 */
import type { Pair } from "../shape.ts";
import { sizeOf } from "../shape.ts";
import { orientations, sourcesOf } from "./orientations.ts";
import { resize } from "./resize.ts";

/** [side, side]; null of an image with nothing to compare, such as one of a single gray. */
export type Signature = Float32Array | null;

export interface Signatures {
  /** Height and width of each. */
  readonly side: number;
  /** One an image. */
  readonly values: readonly Signature[];
  /** Of each orientation, where its pixels come from. */
  readonly sources: readonly Uint32Array[];
}

/**
 * @param pixels [N, H, W].
 * @param size H, W.
 * @param side of a signature, at most H and W.
 */
export function signaturesOf(pixels: Uint8Array, size: Pair, side: number): Signatures {
  const [height, width] = size;
  const length = sizeOf(size);
  const thumbnails = Array.from({ length: pixels.length / length }, (_, i) => {
    const image = { height, width, pixels: pixels.subarray(i * length, (i + 1) * length) };
    return unit(centred(Float32Array.from(resize(image, [side, side], "area").pixels)));
  });
  const sources = orientations.map((orientation) => sourcesOf(orientation, side));
  const shared = sharedBy(thumbnails, sources);
  const values = thumbnails.map((thumbnail) => thumbnail && unit(thumbnail.map((value, i) => value - shared[i]!)));
  return { side, values, sources };
}

function centred(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** A shorter vector, of gray levels or of what a signature has to itself, is rounding. */
const smallestLength = 1e-3;

function unit(values: Float32Array): Signature {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length < smallestLength ? null : values.map((value) => value / length);
}

/** The mean of thumbnails over all orientations. */
function sharedBy(thumbnails: readonly Signature[], sources: readonly Uint32Array[]): Float64Array {
  const present = thumbnails.filter((thumbnail) => thumbnail !== null);
  const sum = new Float64Array(sources[0]!.length);
  for (const thumbnail of present) thumbnail.forEach((value, i) => (sum[i]! += value));
  const summands = sources.length * Math.max(1, present.length);
  return sum.map((_, i) => sources.reduce((total, source) => total + sum[source[i]!]!, 0) / summands);
}
