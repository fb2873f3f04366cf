/** What a caller chooses of a synthetic data set. */
import { UsageError } from "../../errors.ts";
import { showShape, type Pair } from "../../shape.ts";

export interface GeneratorOptions {
  readonly seed: number;
  /** Side of the square image in pixels. The field of view is the same at every size; so are the labels. */
  readonly size: number;
  /** Fewest and most cells that an image is asked to hold; the number is uniform between them. */
  readonly cells: Pair;
}

export const defaultSize = 512;
export const defaultCells: Pair = [20, 60];

const sizes: Pair = [16, 2048];
/** More than this do not fit in the field, so the labels would say nothing new. */
const mostCells = 500;

const isWithin = (value: number, [low, high]: Pair): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

/** @throws UsageError if an option is out of range. */
export function requireOptions({ seed, size, cells }: GeneratorOptions): void {
  if (!isWithin(seed, [0, Number.MAX_SAFE_INTEGER])) {
    throw new UsageError(`generator: expected a seed of a non-negative integer, got ${seed}`);
  }
  if (!isWithin(size, sizes)) {
    throw new UsageError(`generator: expected a size of ${sizes[0]} to ${sizes[1]} pixels, got ${size}`);
  }
  if (!isWithin(cells[1], [1, mostCells]) || !isWithin(cells[0], [1, cells[1]])) {
    throw new UsageError(
      `generator: expected cells [fewest, most] with 1 <= fewest <= most <= ${mostCells}, got ${showShape(cells)}`,
    );
  }
}
