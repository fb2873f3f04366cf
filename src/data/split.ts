/** Which images train, which validate and which test. */
import { DataError, UsageError } from "../errors.ts";
import { RandomStream } from "../rng.ts";

/** The names of the parts, in the order in which fractions are given. */
export const partNames = ["train", "validation", "test"] as const;

/** Where the scores of a run are of: the parts, and the images that were kept out of all three. */
export const scoredParts = [...partNames, "outOfRange"] as const;

/** Indices of a data set's images, each in one part. */
export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
  /** Images beyond what the other parts hold, such as denser ones; absent where none were kept out. */
  readonly outOfRange?: Uint32Array;
}

/** Shares of the training, validation and test parts. */
export type Fractions = readonly [train: number, validation: number, test: number];

/**
 * A random split, each part in ascending order, so that fractions [1, 0, 0] give all indices in order.
 *
 * The counts are those of the thesis's two cuts with scikit-learn's `train_test_split`, which rounds the part that it
 * cuts off up: first validation and test together, then test from these. 70/15/15 of 5000 are 3500, 750 and 750.
 *
 * @throws UsageError if the fractions are not three non-negative numbers of sum 1; DataError if there are too few images
 *   to give every part with a fraction one.
 */
export function splitIndices(count: number, fractions: Fractions, seed: number): Split {
  checkFractions(fractions);
  const [, validation, test] = fractions;
  const held = roundUp((validation + test) * count);
  const tested = held === 0 ? 0 : roundUp((test / (validation + test)) * held);
  const counts = [count - held, held - tested, tested];
  if (fractions.some((fraction, part) => fraction > 0 && counts[part] === 0)) {
    throw new DataError(
      `split: expected images enough for every part of ${fractions.join(", ")}, got ${counts.join(", ")} of ${count}; ` +
        "add images or give a part to another",
    );
  }
  const order = new RandomStream(seed, "split").permutation(count);
  return {
    train: order.slice(held).sort(),
    validation: order.slice(tested, held).sort(),
    test: order.slice(0, tested).sort(),
  };
}

/**
 * Splits all images but those of the highest values, which are out of range: none of the others reaches theirs.
 *
 * @param values one an image, such as its number of cells.
 * @param share of the images to keep out, in (0, 1); fewer where images of equal values would be on both sides.
 * @throws UsageError or DataError as `splitIndices`; DataError if equal values, or a share that rounds to no image,
 *   leave nothing to keep out.
 */
export function splitBelow(values: readonly number[], share: number, fractions: Fractions, seed: number): Split {
  const wanted = Math.round(share * values.length);
  if (wanted === 0) {
    throw new DataError(
      `split: expected a share of at least one image to keep out, got ${share} of ${values.length}, which rounds to ` +
        "none; keep out a larger share or add images",
    );
  }
  const sorted = [...values].sort((a, b) => b - a);
  const kept = sorted[wanted] ?? -Infinity;
  const indices = Uint32Array.from(values, (_, i) => i);
  const outOfRange = indices.filter((i) => values[i]! > kept);
  const inRange = indices.filter((i) => values[i]! <= kept);
  if (outOfRange.length === 0 || inRange.length === 0) {
    throw new DataError(
      `split: expected images that differ enough to keep a share of ${share} of ${values.length} out, got values from ` +
        `${sorted.at(-1)} to ${sorted[0]}; keep out another share or add images`,
    );
  }
  const of = (part: Uint32Array) => part.map((i) => inRange[i]!);
  const { train, validation, test } = splitIndices(inRange.length, fractions, seed);
  return { train: of(train), validation: of(validation), test: of(test), outOfRange };
}

function checkFractions(fractions: Fractions): void {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.length !== 3 || !fractions.every((fraction) => fraction >= 0) || Math.abs(sum - 1) > 1e-9) {
    throw new UsageError(
      `split: expected three non-negative fractions (${partNames.join(", ")}) of sum 1, got ${fractions.join(", ")}`,
    );
  }
}

/** The ceiling of a product of decimal fractions: 0.3 * 5000 is 1500 even where it comes out as 1500.0000000000002. */
const roundUp = (product: number): number => Math.ceil(product - 1e-6);
