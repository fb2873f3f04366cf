/**
 * Images that are alike but for a quarter turn, mirroring, brightness, contrast or a little noise: the traces of
 * augmentation before the split. Copies turned by other angles, shifted or scaled are not found.
 */
import type { Pair } from "../shape.ts";
import { sizeOf } from "../shape.ts";
import { duplicateGroups } from "./duplicates.ts";
import { type Likeness, likenessOf, pairsToCompare } from "./likeness.ts";
import { type Signatures, signaturesOf } from "./signatures.ts";

/** Smaller images, in pixels a side, have too little in them to tell a copy by. */
const coarseSide = 16;

/** Images of few cells can be alike by chance at the coarse side; in this detail they are not. */
const fineSide = 64;

export interface NearDuplicates {
  /** In ascending order. Some may have the same pixels, but not all. */
  readonly images: readonly number[];
  /** As many as lead from each image to every other whose pixels are not the same. */
  readonly likenesses: readonly Likeness[];
}

/**
 * Groups in which every image is like another, in ascending order.
 *
 * @param pixels [N, H, W].
 * @param size H, W.
 * @returns null for images below 16 x 16.
 */
export function nearDuplicateGroups(pixels: Uint8Array, size: Pair): readonly NearDuplicates[] | null {
  const side = Math.min(...size, fineSide);
  if (side < coarseSide) return null;
  const coarse = signaturesOf(pixels, size, coarseSide);
  let fine: Signatures | undefined; // most data sets need none
  const groups = new Groups(duplicateGroups(pixels, sizeOf(size)), coarse.values.length);
  const likenesses: Likeness[] = [];
  for (const [image, of] of pairsToCompare(coarse)) {
    if (groups.of(image) === groups.of(of) || !likenessOf(coarse, image, of)) continue;
    fine ??= signaturesOf(pixels, size, side);
    const likeness = likenessOf(fine, image, of);
    if (!likeness) continue;
    groups.join(image, of);
    likenesses.push(likeness);
  }
  const isIn = (group: number) => (image: number) => groups.of(image) === group;
  return [...new Set(likenesses.map(({ image }) => groups.of(image)))]
    .sort((a, b) => a - b)
    .map((group) => ({
      images: [...coarse.values.keys()].filter(isIn(group)),
      likenesses: likenesses.filter(({ image }) => isIn(group)(image)),
    }));
}

/** Which images belong together; a group is named by its first image. */
class Groups {
  #groups: Uint32Array;

  constructor(equal: readonly (readonly number[])[], count: number) {
    this.#groups = Uint32Array.from({ length: count }, (_, image) => image);
    for (const group of equal) for (const image of group) this.#groups[image] = group[0]!;
  }

  of(image: number): number {
    return this.#groups[image]!;
  }

  join(a: number, b: number): void {
    const [kept, given] = [Math.min(this.of(a), this.of(b)), Math.max(this.of(a), this.of(b))];
    this.#groups = this.#groups.map((group) => (group === given ? kept : group));
  }
}
