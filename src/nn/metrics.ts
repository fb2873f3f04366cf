/**
 * Regression metrics of a whole set of predictions, in float64, in the two conventions that a reader of the thesis
 * meets. The global one takes every value of the set at once. The one named `keras` is the unweighted mean over batches
 * of the thesis's own functions, as Keras reports a metric function that returns a scalar: a short last batch weighs as
 * much as a full one.
 */
import { DataError, ShapeError, UsageError } from "../errors.ts";

/** Scores of a set of values. `mape` is in percent. */
export interface Scores {
  readonly mse: number;
  readonly mae: number;
  readonly rmse: number;
  readonly mape: number;
  /** The coefficient of determination; null where all targets are equal, since there is no variance to explain. */
  readonly r2: number | null;
}

/** What the scores of a set of values are made of. */
export interface Sums {
  readonly count: number;
  /** Of squared, absolute and relative errors. */
  readonly squared: number;
  readonly absolute: number;
  readonly relative: number;
  /** Of the targets' squared distances from their mean. */
  readonly total: number;
  /** Whether all targets are equal. */
  readonly constant: boolean;
}

/** Unweighted means over batches of the thesis's `root_mean_squared_error` and `r_squared`. */
export interface BatchMeans {
  readonly rmse: number;
  readonly r2: number;
}

/** Scores over all values (`r2` with one mean over rows and columns), by batch, and of each output's column. */
export interface RegressionMetrics extends Scores {
  /** Number of rows. */
  readonly n: number;
  readonly keras: BatchMeans;
  readonly outputs: readonly (Scores & { readonly name: string })[];
}

/** Keras's `K.epsilon()`: the floor of MAPE's denominator, and what the thesis adds to that of R². */
const epsilon = 1e-7;

/**
 * Metrics of predictions against targets, both [N, K] with K = outputs.length.
 *
 * MAPE is 100 · mean(|y − p| / max(|y|, 1e-7)), as in Keras, so targets near zero dominate it.
 *
 * @param batch rows a batch for the `keras` convention; the last batch may be shorter.
 * @throws ShapeError if the arrays are empty, differ in length or do not hold whole rows.
 * @throws UsageError if `batch` is not a positive integer.
 * @throws DataError if a prediction or a target is not finite.
 */
export function regressionMetrics(
  prediction: Float32Array,
  target: Float32Array,
  outputs: readonly string[],
  batch: number,
): RegressionMetrics {
  const width = outputs.length;
  if (prediction.length !== target.length || target.length === 0 || width === 0 || target.length % width !== 0) {
    throw new ShapeError(
      `regressionMetrics: expected predictions and targets of whole rows of ${width} values, ` +
        `got ${prediction.length} predictions and ${target.length} targets`,
    );
  }
  if (!Number.isInteger(batch) || batch < 1) {
    throw new UsageError(`regressionMetrics: expected batch of a positive integer, got ${batch}`);
  }
  requireFinite("predictions", prediction, outputs);
  requireFinite("targets", target, outputs);
  const pairs = { prediction, target };
  return {
    n: target.length / width,
    ...scores(pairs, { start: 0, step: 1, end: target.length }),
    keras: batchMeans(pairs, batch * width),
    outputs: outputs.map((name, start) => ({ name, ...scores(pairs, { start, step: width, end: target.length }) })),
  };
}

/** Rows of K values, in one order. */
export interface Pairs {
  readonly prediction: Float32Array;
  readonly target: Float32Array;
}

/** The values start, start + step, … below end. */
interface Slice {
  readonly start: number;
  readonly step: number;
  readonly end: number;
}

const scores = (pairs: Pairs, slice: Slice): Scores => scoresOfSums(sumsOf(pairs, slice));

export function scoresOfSums(sums: Sums): Scores {
  const mse = sums.squared / sums.count;
  return {
    mse,
    mae: sums.absolute / sums.count,
    rmse: Math.sqrt(mse),
    mape: (100 * sums.relative) / sums.count,
    r2: sums.constant ? null : 1 - sums.squared / sums.total,
  };
}

/** An error as a part of its target, as MAPE takes it. */
export const relativeTo = (y: number, error: number): number => error / Math.max(Math.abs(y), epsilon);

function batchMeans(pairs: Pairs, valuesInBatch: number): BatchMeans {
  const { length } = pairs.target;
  let rmse = 0;
  let r2 = 0;
  for (let start = 0; start < length; start += valuesInBatch) {
    const sums = sumsOf(pairs, { start, step: 1, end: Math.min(start + valuesInBatch, length) });
    rmse += Math.sqrt(sums.squared / sums.count);
    r2 += 1 - sums.squared / (sums.total + epsilon);
  }
  const batches = Math.ceil(length / valuesInBatch);
  return { rmse: rmse / batches, r2: r2 / batches };
}

/** Sums over a slice; `total` is centred on the slice's mean, in a second pass so that it does not cancel. */
function sumsOf({ prediction, target }: Pairs, { start, step, end }: Slice): Sums {
  let count = 0;
  let sum = 0;
  let squared = 0;
  let absolute = 0;
  let relative = 0;
  // By comparison and not by `total === 0`: the mean of equal values need not round to that value.
  let constant = true;
  for (let i = start; i < end; i += step) {
    const y = target[i]!;
    const error = Math.abs(y - prediction[i]!);
    count += 1;
    sum += y;
    squared += error * error;
    absolute += error;
    relative += relativeTo(y, error);
    constant &&= y === target[start];
  }
  const mean = sum / count;
  let total = 0;
  for (let i = start; i < end; i += step) total += (target[i]! - mean) ** 2;
  return { count, squared, absolute, relative, total, constant };
}

function requireFinite(what: string, values: Float32Array, outputs: readonly string[]): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const row = Math.floor(at / outputs.length);
  throw new DataError(
    `regressionMetrics: expected finite ${what}, got ${values[at]} in row ${row}, output "${outputs[at % outputs.length]}"`,
  );
}
