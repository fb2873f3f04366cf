/** Which of two images' signatures are alike in one of eight orientations, and in which. */
import { type Orientation, orientations } from "./orientations.ts";
import type { Signatures } from "./signatures.ts";

/**
 * The correlation from which images are alike. Of 300 images of each preset of `data make` the most alike two have 0.51
 * at 16 x 16 pixels; copies with noise of 5 gray levels have at least 0.97 at 64 x 64.
 */
const alikeFrom = 0.95;

/** Squared distance of two signatures with that correlation. */
const farthest = 2 * (1 - alikeFrom);

/** How an image follows from another, up to brightness, contrast and noise. */
export interface Likeness extends Orientation {
  readonly image: number;
  readonly of: number;
  readonly correlation: number;
}

/**
 * Pairs that can be alike, the later image first.
 *
 * They are compared by the means over pixels that the orientations exchange, each times the root of how many it is the
 * mean of. That is an orthogonal projection, which turns do not change, so the distance of two projections is at most
 * that of the signatures in any orientation: no pair is lost, and nearly all are ruled out by a few products.
 */
export function* pairsToCompare(signatures: Signatures): Generator<readonly [image: number, of: number]> {
  const orbits = orbitsOf(signatures);
  const projections = signatures.values.map((signature) => signature && projection(signature, orbits));
  for (const [image, own] of projections.entries()) {
    if (!own) continue;
    for (let of = 0; of < image; of++) {
      const other = projections[of];
      if (other && isNear(own, other)) yield [image, of];
    }
  }
}

/** In the orientation in which they correlate most; undefined if they are not alike in any. */
export function likenessOf({ values, sources }: Signatures, image: number, of: number): Likeness | undefined {
  const [own, other] = [values[image], values[of]];
  if (!own || !other) return undefined;
  const distances = sources.map((source) => distanceOf(own, other, source));
  const nearest = Math.min(...distances);
  if (nearest > farthest) return undefined;
  const orientation = orientations[distances.indexOf(nearest)]!;
  return { image, of, ...orientation, correlation: 1 - nearest / 2 };
}

/** The pixels that orientations exchange with each other. */
function orbitsOf({ side, sources }: Signatures): readonly (readonly number[])[] {
  const orbits = new Map<number, number[]>();
  for (let pixel = 0; pixel < side * side; pixel++) {
    const least = Math.min(...sources.map((source) => source[pixel]!));
    orbits.set(least, [...(orbits.get(least) ?? []), pixel]);
  }
  return [...orbits.values()];
}

const projection = (signature: Float32Array, orbits: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from(orbits, (pixels) => {
    const sum = pixels.reduce((total, pixel) => total + signature[pixel]!, 0);
    return sum / Math.sqrt(pixels.length);
  });

function isNear(a: Float32Array, b: Float32Array): boolean {
  let distance = 0;
  for (let i = 0; i < a.length && distance <= farthest; i++) distance += (a[i]! - b[i]!) ** 2;
  return distance <= farthest;
}

/** Squared; of images too far apart only some of it. */
function distanceOf(a: Float32Array, b: Float32Array, sources: Uint32Array): number {
  let distance = 0;
  for (let i = 0; i < a.length && distance <= farthest; i++) distance += (a[i]! - b[sources[i]!]!) ** 2;
  return distance;
}
