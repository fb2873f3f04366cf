/** `cellgrad data card`: what is in a data set, what its labels can bear, and what is wrong with it. */
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import { type DataCard, makeCard } from "../data/card.ts";
import { DataError } from "../errors.ts";
import { printCard } from "./card-text.ts";
import {
  cacheOption,
  choice,
  decodingOptions,
  fractions,
  jsonOption,
  positiveInteger,
  seedOption,
  text,
} from "./options.ts";
import { printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { readCard } from "./read-card.ts";
import { readingOptions } from "./read-dataset.ts";
import { splitOf } from "./split-option.ts";
import { labelColumnsOption, trainOptions } from "./train-options.ts";

const options = {
  size: positiveInteger("size", { default: 128, describe: "height and width that images are compared at" }),
  resize: choice("resize", ["area", "cv2-linear"], { default: "area", describe: "how to resize: area or cv2-linear" }),
  ...decodingOptions,
  ...labelColumnsOption,
  split: fractions("split", { describe: "shares of training, validation and test (default 0.7,0.15,0.15)" }, 3),
  "split-file": text("split-file", { describe: "a split.json that names the images of each part" }),
  "hold-out-densest": trainOptions["hold-out-densest"],
  ...seedOption,
  ...cacheOption,
  ...jsonOption,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(options)
    .conflicts("split", "split-file")
    .conflicts("hold-out-densest", "split-file");

type Given = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { data: string }>;

/** Prints the card; then what is wrong with images is an error. */
export async function handler(given: Given): Promise<void> {
  const { data, size, resize, json } = given;
  const card = await ProgressLine.during(async (line): Promise<DataCard> => {
    const input = await readCard(data, {
      size,
      resize: resize ?? "area",
      channel: given.channel ?? null,
      normalize: given.normalize ?? "none",
      labelColumns: given.labelColumns,
      reading: readingOptions(line, given.cache),
      splitOf: (names) => splitOf(names, given, given.seed),
    });
    return makeCard(input);
  });
  if (json) printJson(card);
  else printCard(card);
  if (card.problems.length === 0) return;
  const count = card.problems.length === 1 ? "1 problem" : `${card.problems.length} problems`;
  throw new DataError(`${data}: expected a data set that can be trained on, got ${count}; the card lists them`);
}
