/** K folds: which images validate while the others train, each image once. */
import { DataError, UsageError } from "../errors.ts";
import { RandomStream } from "../rng.ts";
import type { Split } from "./split.ts";

/**
 * Cuts images into folds at random, each fold in ascending order. Their sizes differ by at most one, the larger first.
 *
 * @param images indices, all different.
 * @throws UsageError if there are fewer than two folds; DataError if there are fewer images than folds.
 */
export function foldsOf(images: Uint32Array, count: number, seed: number): Uint32Array<ArrayBuffer>[] {
  if (!Number.isInteger(count) || count < 2) throw new UsageError(`folds: expected at least 2, got ${count}`);
  if (images.length < count) {
    throw new DataError(
      `folds: expected an image for each of the ${count} folds, got ${images.length}; add images or take fewer folds`,
    );
  }
  const order = new RandomStream(seed, "folds").permutation(images.length).map((place) => images[place]!);
  const folds = Array.from({ length: count }, (_, fold) => {
    const [begin, end] = [fold, fold + 1].map((bound) => bound * Math.floor(order.length / count));
    const larger = order.length % count;
    return order.slice(begin! + Math.min(fold, larger), end! + Math.min(fold + 1, larger)).sort();
  });
  requirePartition(images, folds);
  return folds;
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
