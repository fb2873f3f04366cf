import { DataError } from "../errors.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import type { EpochScores } from "./history.ts";
import { regressionMetrics } from "./metrics.ts";

/** Scores of predictions of these images of a data set. @throws DataError if training diverged. */
export function scoresOf(
  predictions: Float32Array,
  data: DeviceDataset,
  indices: Uint32Array,
  batch: number,
): EpochScores {
  try {
    const metrics = regressionMetrics(predictions, data.labelsOf(indices), data.outputs, batch);
    const { n: _n, outputs: _outputs, ...scores } = metrics;
    return { ...scores, loss: scores.mse };
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`${cause.message}. Training diverged: use a smaller learning rate (--lr).`, { cause });
  }
}
