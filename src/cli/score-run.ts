/** What a finished run says of itself: metrics of its best weights on every part of its split, and the predictions. */
import type { Dataset } from "../data/dataset.ts";
import { scoredParts, type Split } from "../data/split.ts";
import type { Device } from "../gpu/device.ts";
import type { DeviceDataset } from "../nn/device-dataset.ts";
import type { Evaluation } from "../nn/evaluation/evaluation.ts";
import { Predictor } from "../nn/predictor.ts";
import { modelOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { type PredictionRow, predictionsCsv } from "../report/predictions.ts";
import { evaluationOfImages } from "./evaluation-of-images.ts";
import type { RunFolder } from "./run-folder.ts";

interface FinishedRun {
  readonly folder: RunFolder;
  readonly config: Pick<RunConfig, "preset" | "outputs">;
  readonly dataset: Dataset;
  readonly split: Split;
}

/**
 * Writes predictions.csv and then metrics.json, the last file of a run.
 *
 * @param data the run's images on the device.
 * @param parts those that are scored; images of others are not looked at.
 */
export async function scoreRun(
  device: Device,
  { folder, config, dataset, split }: FinishedRun,
  data: DeviceDataset,
  parts: readonly (typeof scoredParts)[number][] = scoredParts,
): Promise<void> {
  const { preset, outputs } = config;
  const model = modelOf(preset, outputs.length);
  const { tensors, source } = await folder.readCheckpoint("best");
  model.write(device, tensors, source);
  const predictor = await Predictor.over(device, model, data, preset.batch);
  const metrics: Partial<Record<(typeof scoredParts)[number], Evaluation>> = {};
  const rows: PredictionRow[] = [];
  for (const part of parts) {
    const indices = split[part];
    if (!indices || indices.length === 0) continue;
    const pairs = await predictor.pairs(indices);
    metrics[part] = await evaluationOfImages(pairs, dataset, indices, { batch: preset.batch, seed: 0 });
    indices.forEach((image, i) => {
      const own = (values: Float32Array) => [...values.subarray(i * outputs.length, (i + 1) * outputs.length)];
      const names = { image: dataset.names[image] ?? "", split: part };
      rows.push({ ...names, actual: own(pairs.target), predicted: own(pairs.prediction) });
    });
  }
  await folder.writePredictions(predictionsCsv({ outputs, rows }));
  await folder.writeMetrics(metrics);
}
