/**
 * Whether the spread of sampled predictions says how wrong they are: coverage, and the error of the images that the
 * network doubts most beside that of the others.
 */
import { ShapeError } from "../../errors.ts";
import { normal95 } from "../../statistics.ts";
import { quantile } from "./quantile.ts";
import type { Spread } from "./spread.ts";

/** Shares of actual values within so many standard deviations of the mean. */
export interface Coverage {
  /** 1 sd; 0.683 where errors are normal and the sd is theirs. */
  readonly within1sd: number;
  /** 1.96 sd; 0.95 then. */
  readonly within196sd: number;
}

/** The scores of a group of images, all outputs together. */
export interface GroupError {
  readonly n: number;
  readonly mse: number;
  readonly rmse: number;
}

export interface Uncertainty extends Coverage {
  /** Of the means over samples as predictions. */
  readonly mse: number;
  readonly rmse: number;
  /** Of all standard deviations. */
  readonly meanSd: number;
  readonly outputs: readonly (Coverage & { readonly name: string; readonly meanSd: number })[];
  /** The tenth of the images with the largest doubt, at least one. */
  readonly doubtful: GroupError;
  /** The other images; null where there are none. */
  readonly rest: GroupError | null;
}

/** The share of images that are called doubtful. */
const doubtfulShare = 0.1;

/** An image's doubt: the root mean square of its outputs' standard deviations. @param sd [N, K]. @returns [N]. */
export function doubtsOf(sd: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: sd.length / width }, (_, image) => {
    const own = sd.subarray(image * width, (image + 1) * width);
    return Math.sqrt(own.reduce((sum, value) => sum + value ** 2, 0) / width);
  });
}

/** The doubt that a tenth of these images exceed. @param doubts of at least one image. */
export const doubtThreshold = (doubts: Float64Array): number => quantile(doubts.slice().sort(), 1 - doubtfulShare);

/**
 * @param spread [N, K] of the sampled predictions, with K = outputs.length.
 * @param target [N, K].
 * @throws ShapeError if these differ in length.
 */
export function uncertaintyOf(spread: Spread, target: Float32Array, outputs: readonly string[]): Uncertainty {
  const { mean, sd } = spread;
  if (mean.length !== target.length || target.length === 0) {
    throw new ShapeError(`uncertaintyOf: expected targets for ${mean.length} predictions, got ${target.length}`);
  }
  const width = outputs.length;
  const errors = mean.map((value, i) => value - target[i]!);
  const values = Array.from(target, (_, i) => i);
  const summary = (own: readonly number[]) => ({
    within1sd: share(own, (i) => Math.abs(errors[i]!) <= sd[i]!),
    within196sd: share(own, (i) => Math.abs(errors[i]!) <= normal95 * sd[i]!),
    meanSd: own.reduce((sum, i) => sum + sd[i]!, 0) / own.length,
  });
  const doubts = doubtsOf(sd, width);
  const images = Array.from(doubts, (_, i) => i).sort((a, b) => doubts[b]! - doubts[a]!);
  const most = Math.ceil(doubtfulShare * images.length);
  const { mse, rmse } = errorOf(images, errors, width);
  return {
    ...{ mse, rmse },
    ...summary(values),
    outputs: outputs.map((name, k) => ({ name, ...summary(values.filter((i) => i % width === k)) })),
    doubtful: errorOf(images.slice(0, most), errors, width),
    rest: most < images.length ? errorOf(images.slice(most), errors, width) : null,
  };
}

const share = (indices: readonly number[], isIn: (i: number) => boolean): number =>
  indices.filter(isIn).length / indices.length;

function errorOf(images: readonly number[], errors: Float64Array, width: number): GroupError {
  const squares = images.flatMap((image) => [...errors.subarray(image * width, (image + 1) * width)]);
  const mse = squares.reduce((sum, error) => sum + error ** 2, 0) / squares.length;
  return { n: images.length, mse, rmse: Math.sqrt(mse) };
}
