/** What a finished run says of itself: metrics of its best weights on every part of its split, and the predictions. */
import { csvFormatRows } from "d3-dsv";
import type { Dataset } from "../data/dataset.ts";
import { partNames, type Split } from "../data/split.ts";
import type { Device } from "../gpu/device.ts";
import type { DeviceDataset } from "../nn/device-dataset.ts";
import { type RegressionMetrics, regressionMetrics } from "../nn/metrics.ts";
import { Predictor } from "../nn/predictor.ts";
import { modelOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
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
  parts: readonly (keyof Split)[] = partNames,
): Promise<void> {
  const { preset, outputs } = config;
  const model = modelOf(preset, outputs.length);
  const { tensors, source } = await folder.readCheckpoint("best");
  model.write(device, tensors, source);
  const predictor = await Predictor.over(device, model, data, preset.batch);
  const metrics: Record<string, RegressionMetrics> = {};
  const rows: string[][] = [["image", "split", ...outputs, ...outputs.map((name) => `${name}.predicted`)]];
  for (const part of parts) {
    const indices = split[part];
    if (indices.length === 0) continue;
    const predictions = await predictor.predict(indices);
    const targets = predictor.labelsOf(indices);
    metrics[part] = regressionMetrics(predictions, targets, outputs, preset.batch);
    indices.forEach((image, i) => {
      const own = (values: Float32Array) =>
        [...values.subarray(i * outputs.length, (i + 1) * outputs.length)].map(String);
      rows.push([dataset.names[image] ?? "", part, ...own(targets), ...own(predictions)]);
    });
  }
  await folder.writePredictions(`${csvFormatRows(rows)}\n`);
  await folder.writeMetrics(metrics);
}
