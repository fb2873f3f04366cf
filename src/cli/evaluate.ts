/** `cellgrad evaluate`: every metric of a run's best weights on a part of its data, or on other data. */
import { existsSync } from "node:fs";
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Dataset } from "../data/dataset.ts";
import { partNames } from "../data/split.ts";
import { DataError, UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { type RegressionMetrics, regressionMetrics, type Scores } from "../nn/metrics.ts";
import { Predictor } from "../nn/predictor.ts";
import { modelOf, type Preset } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { withDevice } from "./device.ts";
import { adapterOptions, cacheOption, choice, jsonOption } from "./options.ts";
import { note, print, printJson, printTable } from "./output.ts";
import { readDataset } from "./read-dataset.ts";
import { RunFolder } from "./run-folder.ts";

const splitNames = [...partNames, "all"] as const;
type SplitName = (typeof splitNames)[number];

export const builder = (yargs: Argv) =>
  yargs
    .positional("run", { type: "string", demandOption: true, describe: "a run's folder" })
    .positional("data", { type: "string", describe: "a data set; by default the one that the run was trained on" })
    .options({
      split: choice("split", splitNames, { describe: 'the part to score (default "test"; "all" for other data)' }),
      "ignore-unlabelled": { type: "boolean", describe: "leave out images without a label (default: as in training)" },
      ...cacheOption,
      ...jsonOption,
      ...adapterOptions,
    });

interface Options extends AdapterRequest {
  readonly run: string;
  readonly data: string | undefined;
  readonly split: SplitName | undefined;
  readonly ignoreUnlabelled?: boolean | undefined;
  readonly cache?: boolean | undefined;
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run);
  const config = await folder.readConfig();
  const { preset, outputs } = config;
  const { tensors, source } = await folder.readCheckpoint("best");
  const dataset = await load(options, config);
  const split = options.split ?? (options.data === undefined ? "test" : "all");
  const indices = await imagesOf(split, dataset, folder, options.data !== undefined);
  const metrics = await withDevice(options, async (device) => {
    const model = modelOf(preset, outputs.length);
    model.write(device, tensors, source);
    const predictor = await Predictor.open(device, model, dataset, preset.batch);
    return regressionMetrics(await predictor.predict(indices), predictor.labelsOf(indices), outputs, preset.batch);
  });
  if (options.json) printJson({ split, ...metrics });
  else show(split, preset.metrics, metrics);
}

async function load({ run, data, ...options }: Options, config: RunConfig): Promise<Dataset> {
  if (data === undefined && !existsSync(config.data)) {
    throw new DataError(
      `${config.data}: expected the data set of ${run}, got nothing of that name. If it was moved, say where it is: ` +
        `cellgrad evaluate ${run} DATA --split test`,
    );
  }
  const { preset, outputs, channel, normalize } = config;
  return readDataset(data ?? config.data, {
    size: preset.size,
    resize: preset.resize,
    channel,
    normalize,
    labelColumns: outputs,
    ignoreUnlabelled: options.ignoreUnlabelled ?? config.ignoreUnlabelled,
    cache: options.cache,
  });
}

async function imagesOf(split: SplitName, dataset: Dataset, folder: RunFolder, isOther: boolean): Promise<Uint32Array> {
  if (split === "all") return Uint32Array.from(dataset.names, (_, i) => i);
  const parts = await folder.readSplit(dataset.names).catch((cause: unknown) => {
    if (!isOther || !(cause instanceof DataError)) throw cause;
    throw new UsageError(
      `--split: expected "all" for a data set with other images than ${folder.path} has, got "${split}"`,
      { cause },
    );
  });
  if (parts[split].length > 0) return parts[split];
  const others = [...partNames.filter((name) => parts[name].length > 0), "all"];
  throw new UsageError(
    `--split: expected a part of ${folder.path} that has images (${others.join(", ")}), got "${split}", which is empty`,
  );
}

/** The first row has RMSE and R2 by the convention of the preset; the note below has the other one. */
function show(split: string, metrics: Preset["metrics"], { n, keras, outputs, ...overall }: RegressionMetrics): void {
  print(`${split}: ${n} images`);
  const cells = (name: string, { mse, mae, rmse, mape, r2 }: Scores) => [
    name,
    ...[mse, mae, rmse, mape].map((value) => value.toPrecision(5)),
    r2 === null ? "none" : r2.toFixed(4),
  ];
  const isByBatch = metrics === "keras-batch";
  const all = isByBatch ? cells("all, by batch", { ...overall, ...keras }) : cells("all", overall);
  const rows = [["output", "MSE", "MAE", "RMSE", "MAPE %", "R2"], all];
  printTable(outputs.length > 1 ? [...rows, ...outputs.map((own) => cells(own.name, own))] : rows);
  const other: Pick<Scores, "rmse" | "r2"> = isByBatch ? overall : keras;
  const convention = isByBatch ? "of all values at once" : "means over batches, as the thesis has them";
  note(`${convention}: RMSE ${other.rmse.toPrecision(5)}, R2 ${other.r2?.toFixed(4) ?? "none"}`);
}
