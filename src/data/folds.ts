/** K folds: which images validate while the others train, each image once. */
import { DataError, UsageError } from "../errors.ts";
import { RandomStream } from "../rng.ts";
import type { Split } from "./split.ts";

/**
 * Cuts images into folds at random, each fold in ascending order. Their sizes differ by at most one, the larger first.
 *
 * @param images indices, all different.
 * @param most so many of them are taken, at random too.
 * @throws UsageError if there are fewer than two folds; DataError if there are fewer images than folds.
 */
export function foldsOf(images: Uint32Array, count: number, seed: number, most = Infinity): Uint32Array<ArrayBuffer>[] {
  if (!Number.isInteger(count) || count < 2) throw new UsageError(`folds: expected at least 2, got ${count}`);
  if (images.length < count) {
    throw new DataError(
      `folds: expected an image for each of the ${count} folds, got ${images.length}; add images or take fewer folds`,
    );
  }
  const places = new RandomStream(seed, "folds").permutation(images.length).slice(0, Math.max(most, count));
  const order = places.map((place) => images[place]!);
  const [least, larger] = [Math.floor(order.length / count), order.length % count];
  const beginOf = (fold: number) => fold * least + Math.min(fold, larger);
  const folds = Array.from({ length: count }, (_, fold) => order.slice(beginOf(fold), beginOf(fold + 1)).sort());
  requirePartition(order, folds);
  return folds;
}

/**
 * The largest number of images, up to `most`, that folds of one size hold, with no last batch of one left to train on:
 * batch normalisation cannot take it. At least one image a fold.
 */
export function evenImages(most: number, folds: number, batches: readonly number[]): number {
  let size = Math.floor(most / folds);
  while (size > 1 && batches.some((batch) => (size * (folds - 1)) % batch === 1)) size--;
  return Math.max(size, 1) * folds;
}

/**
 * The split of one fold: it validates, the other folds train, and `test` is held out of all of them.
 *
 * @param fold from 0.
 */
export function foldSplit(folds: readonly Uint32Array[], fold: number, test: Uint32Array): Split {
  const validation = folds[fold];
  if (!validation) throw new UsageError(`fold: expected one from 0 to ${folds.length - 1}, got ${fold}`);
  const train = folds.flatMap((images, other) => (other === fold ? [] : Array.from(images)));
  return {
    train: Uint32Array.from(train).sort(),
    validation: Uint32Array.from(validation),
    test: Uint32Array.from(test),
  };
}

/** An image in two folds would be trained on while it validates: checked, not trusted. */
function requirePartition(images: Uint32Array, folds: readonly Uint32Array[]): void {
  const left = new Set(images);
  const isPartition = folds.every((fold) => fold.every((image) => left.delete(image))) && left.size === 0;
  if (isPartition) return;
  throw new DataError(`folds: expected every image in one fold, got ${images.length} images, some of them twice`);
}
