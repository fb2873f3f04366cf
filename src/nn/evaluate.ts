import { DataError, DivergenceError } from "../errors.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import type { EpochScores } from "./history.ts";
import { type LossName, lossOf } from "./losses.ts";
import { regressionMetrics } from "./metrics.ts";

/**
 * Scores of predictions of these images of a data set.
 *
 * @param options.penalty what the weights add to the loss, as in Keras's history; 0 where nothing is said.
 * @throws DivergenceError if training diverged.
 */
export function scoresOf(
  predictions: Float32Array,
  data: DeviceDataset,
  indices: Uint32Array,
  options: { readonly batch: number; readonly loss?: LossName | undefined; readonly penalty?: number },
): EpochScores {
  const { batch, loss = "mse", penalty = 0 } = options;
  try {
    const targets = data.labelsOf(indices);
    const metrics = regressionMetrics(predictions, targets, data.outputs, batch);
    const { n: _n, outputs: _outputs, ...scores } = metrics;
    return { ...scores, loss: lossOf(loss, scores, predictions, targets) + penalty };
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DivergenceError(`${cause.message}. Training diverged: use a smaller learning rate (--lr).`, { cause });
  }
}
