/** Which images train, which validate and which test. */
import { DataError, UsageError } from "../errors.ts";
import { RandomStream } from "../rng.ts";

/** The names of the parts, in the order in which fractions are given. */
export const partNames = ["train", "validation", "test"] as const;

/** Indices of a data set's images, each in one part. */
export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
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
