/** What `evaluate --uncertainty` adds: how far the spread of sampled predictions can be trusted. */
import { doubtsOf, doubtThreshold, type Uncertainty, uncertaintyOf } from "../nn/evaluation/uncertainty.ts";
import type { Predictor, SamplingOptions } from "../nn/predictor.ts";
import { note, print, printTable } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import type { RunFolder } from "./run-folder.ts";

export interface SampledUncertainty extends Uncertainty, Pick<SamplingOptions, "samples" | "seed"> {
  /** The doubt that a tenth of the validation images exceed; null where they were not sampled. */
  readonly threshold: number | null;
}

interface Images {
  /** That are scored. */
  readonly indices: Uint32Array;
  /** That decide what is doubtful; none for data other than the run's own. */
  readonly validation: Uint32Array;
}

/** Samples and scores; the threshold is kept with the run, for `predict`. */
export async function evaluateUncertainty(
  predictor: Predictor,
  folder: RunFolder,
  outputs: readonly string[],
  { indices, validation }: Images,
  { samples, seed }: SamplingOptions,
): Promise<SampledUncertainty> {
  const spread = await sampled(predictor, indices, { samples, seed });
  const uncertainty = uncertaintyOf(spread, predictor.labelsOf(indices), outputs);
  if (validation.length === 0) {
    note(`without validation images of ${folder.path} there is no threshold from which on images are doubtful`);
    return { samples, seed, ...uncertainty, threshold: null };
  }
  const { sd } = await sampled(predictor, validation, { samples, seed });
  const threshold = doubtThreshold(doubtsOf(sd, outputs.length));
  await folder.writeDoubtThreshold({ threshold, images: validation.length, samples, seed });
  return { samples, seed, ...uncertainty, threshold };
}

/** Samples, and shows how far it is. */
export const sampled = (predictor: Predictor, indices: Uint32Array, { samples, seed }: SamplingOptions) =>
  ProgressLine.during((line) =>
    predictor.sample(indices, { samples, seed, onPass: (done) => line.show(`sampling ${done}/${samples} times`) }),
  );

export function printUncertainty(uncertainty: SampledUncertainty): void {
  const { samples, seed, outputs, doubtful, rest, threshold } = uncertainty;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  print(`\nuncertainty from ${samples} predictions with dropout, seed ${seed}: actual values within`);
  printTable([
    ["output", "1 sd", "1.96 sd", "mean sd"],
    ["(if normal)", percent(0.683), percent(0.95), ""],
    ...[{ name: "all", ...uncertainty }, ...(outputs.length > 1 ? outputs : [])].map((own) => [
      own.name,
      ...[own.within1sd, own.within196sd].map(percent),
      own.meanSd.toFixed(4),
    ]),
  ]);
  if (rest) {
    const [most, others] = [doubtful.rmse, rest.rmse].map((rmse) => rmse.toPrecision(3));
    print(`RMSE of the tenth that vary most (${doubtful.n} images): ${most}; of the other ${rest.n}: ${others}`);
  }
  if (threshold === null) return;
  print(`a tenth of the validation images vary by more than ${threshold.toFixed(4)}: predict --uncertainty marks such`);
}
