/** The evaluation of a run's weights on images of a data set: for `evaluate`, and at the end of `train`. */
import type { Dataset } from "../data/dataset.ts";
import { readDrawn } from "../data/drawn.node.ts";
import { DataError } from "../errors.ts";
import { type Evaluation, type EvaluationOptions, evaluationOf } from "../nn/evaluation/evaluation.ts";
import type { Pairs } from "../nn/metrics.ts";
import { note } from "./output.ts";

/** @param pairs of the images with these numbers. @throws DataError if a prediction is not finite. */
export async function evaluationOfImages(
  pairs: Pairs,
  { source, names, outputs }: Pick<Dataset, "source" | "names" | "outputs">,
  indices: Uint32Array,
  options: Omit<EvaluationOptions, "drawn">,
): Promise<Evaluation> {
  const own = Array.from(indices, (i) => names[i] ?? "");
  const drawn = await readDrawn(source, own, outputs).catch((error: unknown) => {
    // Whoever keeps other files of these names has no noise floor, but has scores.
    if (!(error instanceof DataError)) throw error;
    note(`no noise floor: ${error.message}`);
    return null;
  });
  return evaluationOf(pairs, outputs, { ...options, drawn });
}
