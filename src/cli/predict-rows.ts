/** The rows of `predict`, for people and for programs. */
import { doubtsOf } from "../nn/evaluation/uncertainty.ts";
import { note } from "./output.ts";

/** Predictions [N, K], and their standard deviations where they were sampled. */
export interface Predicted {
  readonly mean: Float32Array | Float64Array;
  readonly sd: Float64Array | null;
}

export interface PredictedRow {
  readonly image: string;
  readonly values: readonly number[];
  /** Where predictions were sampled. */
  readonly sampled: {
    readonly sds: readonly number[];
    /** Whether the image varies more than the threshold; null where there is none. */
    readonly doubtful: boolean | null;
  } | null;
}

/** @param width outputs of an image. @param threshold the doubt from which on an image is doubtful. */
export function rowsOf(
  images: readonly string[],
  width: number,
  { mean, sd }: Predicted,
  threshold: number | null,
): PredictedRow[] {
  const doubts = sd && doubtsOf(sd, width);
  return images.map((image, i) => {
    const own = (values: Float32Array | Float64Array) => [...values.subarray(i * width, (i + 1) * width)];
    const doubtful = threshold === null || !doubts ? null : doubts[i]! > threshold;
    return { image, values: own(mean), sampled: sd && { sds: own(sd), doubtful } };
  });
}

/** The row as JSON: outputs by name, and what sampling adds. */
export function documentOf({ image, values, sampled }: PredictedRow, outputs: readonly string[]): object {
  const named = (own: readonly number[]) => Object.fromEntries(own.map((value, k) => [outputs[k] ?? "", value]));
  const more = sampled && { uncertainty: named(sampled.sds), doubtful: sampled.doubtful };
  return { image, ...named(values), ...more };
}

/** A header and a line a row. Whether an image is doubtful is left out where there is no threshold. */
export function csvOf(rows: readonly PredictedRow[], outputs: readonly string[]): string[][] {
  const [first] = rows;
  const hasThreshold = typeof first?.sampled?.doubtful === "boolean";
  const header = [
    ...["image", ...outputs],
    ...(first?.sampled ? outputs.map((name) => `${name} sd`) : []),
    ...(hasThreshold ? ["doubtful"] : []),
  ];
  const lines = rows.map(({ image, values, sampled }) => [
    image,
    ...[...values, ...(sampled?.sds ?? [])].map((value) => value.toFixed(4)),
    ...(hasThreshold ? [sampled?.doubtful ? "yes" : "no"] : []),
  ]);
  return [header, ...lines];
}

/** How many images a person should look at, or how that can be known. */
export function sayDoubts(rows: readonly PredictedRow[], threshold: number | null, run: string): void {
  if (threshold === null) {
    note(`no threshold says which images are doubtful: cellgrad evaluate ${run} --uncertainty finds one`);
    return;
  }
  const doubtful = rows.filter(({ sampled }) => sampled?.doubtful).length;
  note(
    `doubtful, since their predictions vary by more than ${threshold.toFixed(4)} as those of a tenth of the ` +
      `validation images do: ${doubtful} of ${rows.length} images`,
  );
}
