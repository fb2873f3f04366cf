/** Which images figures show. */
import { RandomStream } from "../../rng.ts";

/** An image to show, by its number, and why it was chosen. */
export interface Example {
  readonly index: number;
  readonly why: string;
}

/** So many of these images, or all, chosen by the seed and in their order. */
export const chosenFrom = (indices: ArrayLike<number>, count: number, seed: number): number[] =>
  Array.from(new RandomStream(seed, "figures").permutation(indices.length).slice(0, count).sort(), (i) => indices[i]!);

/**
 * The image whose error is the median, and the one with the largest; one alone where there is only one.
 *
 * @param indices at least one.
 * @param predictions, labels [indices, K].
 */
export function typicalAndWorst(
  indices: ArrayLike<number>,
  predictions: Float32Array,
  labels: Float32Array,
): Example[] {
  const outputs = predictions.length / indices.length;
  const errorOf = (row: number) => {
    let sum = 0;
    for (let k = row * outputs; k < (row + 1) * outputs; k++) sum += Math.abs(predictions[k]! - labels[k]!);
    return sum / outputs;
  };
  const ranked = Array.from(indices, (index, row) => ({ index, error: errorOf(row) })).sort(
    (a, b) => a.error - b.error,
  );
  const example = (place: number, what: string): Example => {
    const { index, error } = ranked[place]!;
    return { index, why: `${what} error, MAE ${error.toFixed(3)}` };
  };
  const last = ranked.length - 1;
  return last === 0 ? [example(0, "only")] : [example(Math.floor(last / 2), "median"), example(last, "largest")];
}
