/** `cellgrad evaluate`: every metric of a run's best weights on a part of its data, or on other data. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Dataset } from "../data/dataset.ts";
import { scoredParts, type Split } from "../data/split.ts";
import { DataError, UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { Predictor, requireDropout } from "../nn/predictor.ts";
import { modelOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { withDevice } from "./device.ts";
import { printEvaluation } from "./evaluate-text.ts";
import { evaluateUncertainty, printUncertainty } from "./evaluate-uncertainty.ts";
import { evaluationOfImages } from "./evaluation-of-images.ts";
import { adapterOptions, cacheOption, choice, jsonOption, seedOption } from "./options.ts";
import { note, printJson } from "./output.ts";
import { samplingOf, samplingOptions } from "./sampling-options.ts";
import { readDataset } from "./read-dataset.ts";
import { RunFolder } from "./run-folder.ts";

const splitNames = ["train", "validation", "test", "out-of-range", "all"] as const;
type SplitName = (typeof splitNames)[number];

const nameOf = (part: keyof Split) => (part === "outOfRange" ? "out-of-range" : part);

/** Fewer than these do not stand for all that could have been drawn. */
const fewImages = 30;

export const builder = (yargs: Argv) =>
  yargs
    .positional("run", { type: "string", demandOption: true, describe: "a run's folder" })
    .positional("data", { type: "string", describe: "a data set; by default the one that the run was trained on" })
    .options({
      split: choice("split", splitNames, {
        describe: `the part to score: ${splitNames.join(", ")} (default "test"; "all" for other data)`,
      }),
      "ignore-unlabelled": { type: "boolean", describe: "leave out images without a label (default: as in training)" },
      details: {
        type: "boolean",
        default: false,
        describe: "also bias, calibration and other conventions; --json has all",
      },
      ...samplingOptions,
      ...seedOption,
      ...cacheOption,
      ...jsonOption,
      ...adapterOptions,
    })
    .implies("samples", "uncertainty");

interface Options extends AdapterRequest {
  readonly run: string;
  readonly data: string | undefined;
  readonly split: SplitName | undefined;
  readonly ignoreUnlabelled?: boolean | undefined;
  readonly details?: boolean | undefined;
  readonly uncertainty?: boolean | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly cache?: boolean | undefined;
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run);
  const config = await folder.readConfig();
  const { preset, outputs } = config;
  const { seed = 0, data, details = false } = options;
  const sampling = samplingOf(options);
  const model = modelOf(preset, outputs.length);
  if (sampling) requireDropout(model, "--uncertainty");
  const { tensors, source } = await folder.readCheckpoint("best");
  const dataset = await load(options, config);
  const split = options.split ?? (data === undefined ? "test" : "all");
  const indices = await imagesOf(split, dataset, folder, data !== undefined);
  const [evaluation, uncertainty] = await withDevice(options, async (device) => {
    model.write(device, tensors, source);
    const predictor = await Predictor.open(device, model, dataset, preset.batch);
    const pairs = await predictor.pairs(indices);
    const own = await evaluationOfImages(pairs, dataset, indices, { batch: preset.batch, seed });
    if (!sampling) return [own] as const;
    const isOwn = data === undefined || resolve(data) === resolve(config.data);
    const images = { indices, validation: isOwn ? await validationOf(dataset, folder) : new Uint32Array() };
    return [own, await evaluateUncertainty(predictor, folder, outputs, images, sampling)] as const;
  });
  if (evaluation.n < fewImages) note(`intervals over ${evaluation.n} images are rough, and too narrow as a rule`);
  if (options.json) return printJson({ split, ...evaluation, ...(uncertainty && { uncertainty }) });
  printEvaluation(split, evaluation, preset.metrics, details);
  if (uncertainty) printUncertainty(uncertainty);
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
  const full = scoredParts.filter((own) => (parts[own]?.length ?? 0) > 0);
  const part = full.find((own) => nameOf(own) === split);
  if (part) return parts[part] ?? new Uint32Array();
  const others = [...full.map(nameOf), "all"];
  throw new UsageError(
    `--split: expected a part of ${folder.path} that has images (${others.join(", ")}), got "${split}", which is empty`,
  );
}

/** The run's validation images. */
const validationOf = async (dataset: Dataset, folder: RunFolder): Promise<Uint32Array> =>
  (await folder.readSplit(dataset.names)).validation;
