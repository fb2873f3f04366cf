import type { DeviceDataset } from "./device-dataset.ts";
import type { EpochScores } from "./history.ts";
import { regressionMetrics } from "./metrics.ts";

/** Scores of predictions of these images of a data set. */
export function scoresOf(
  predictions: Float32Array,
  data: DeviceDataset,
  indices: Uint32Array,
  batch: number,
): EpochScores {
  const {
    n: _n,
    outputs: _outputs,
    ...scores
  } = regressionMetrics(predictions, data.labelsOf(indices), data.outputs, batch);
  return { ...scores, loss: scores.mse };
}
