/** `cellgrad data show`: a contact sheet of a data set, also of what augmentation makes of it. */
import { writeFile } from "node:fs/promises";
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import { type AugmentDraw, augmentKey, drawOf } from "../data/augment/draw.ts";
import { type AugmentOptions, augmentNames } from "../data/augment/options.ts";
import { augmentOf } from "../data/augment/check.ts";
import type { Dataset } from "../data/dataset.ts";
import { encodeGrayPng } from "../data/encode-png.node.ts";
import { DataError, UsageError } from "../errors.ts";
import { augmentedImages } from "../nn/augmented-images.ts";
import { drawnLines, grayAt, pictureOf } from "../report/seen/pictures.ts";
import { RandomStream } from "../rng.ts";
import { withDevice } from "./device.ts";
import {
  adapterOptions,
  cacheOption,
  choice,
  decodingOptions,
  jsonOption,
  positiveInteger,
  seedOption,
  text,
} from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { readDataset } from "./read-dataset.ts";
import { contactSheet, type Tile } from "./sheet/contact-sheet.ts";
import { labelColumnsOption } from "./train-options.ts";

const showOptions = {
  out: text("out", { demandOption: true, describe: "the PNG file to write" }),
  n: positiveInteger("n", { default: 16, describe: "images, chosen by the seed" }),
  size: positiveInteger("size", { default: 128, describe: "height and width that images are resized to" }),
  resize: choice("resize", ["area", "cv2-linear"], { default: "area", describe: "how to resize: area or cv2-linear" }),
  ...decodingOptions,
  ...labelColumnsOption,
  augment: choice("augment", augmentNames, {
    describe: `beside each image, what a training's first step would see of it: ${augmentNames.join(", ")}`,
  }),
  parameters: { type: "boolean", default: false, describe: "write what was drawn under each augmented image" },
  "ignore-unlabelled": { type: "boolean", default: false, describe: "leave out images without a label" },
  ...seedOption,
  ...cacheOption,
  ...jsonOption,
  ...adapterOptions,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(showOptions);

type Options = ArgumentsCamelCase<InferredOptionTypes<typeof showOptions> & { data: string }>;

/** An image of the sheet, with what was drawn for it where it is also shown augmented. */
interface Shown {
  readonly index: number;
  readonly drawn: AugmentDraw | undefined;
}

/** The step whose draws are shown: the first of a training. */
const step = 0;

export async function handler(options: Options): Promise<void> {
  if (options.parameters && options.augment === undefined) {
    throw new UsageError(
      "--parameters: expected --augment with it, got none. Nothing is drawn for images as they are.",
    );
  }
  const augment = options.augment === undefined ? undefined : augmentOf(options.augment);
  const dataset = await load(options);
  const indices = chosen(dataset.names.length, options);
  const seen = augment && (await seenBy(augment, dataset, indices, options));
  const shown = Array.from(indices, (index): Shown => {
    const drawn = augment && drawOf(augment, dataset.size, augmentKey(options.seed), step, index);
    return { index, drawn };
  });
  const tiles = shown.map((own, place) => tileOf(own, dataset, seen && { ...options, values: seen, place }));
  await write(options.out, encodeGrayPng(contactSheet(tiles)));
  if (options.json) printJson(documentOf(shown, dataset, options.out, augment));
  else print(`${indices.length} images in ${options.out}`);
}

/** As a training with these options reads them. */
const load = ({ data, size, resize, channel, normalize, labelColumns, ignoreUnlabelled, cache }: Options) =>
  readDataset(data, { size, resize, channel, normalize, labelColumns, ignoreUnlabelled, cache });

/** So many images, or all that there are, in the data set's order. */
function chosen(count: number, { n, seed }: Options): Uint32Array<ArrayBuffer> {
  if (n > count) note(`the data set has ${count} images, of which all are shown`);
  return new RandomStream(seed, "show").permutation(count).slice(0, n).sort();
}

/** [indices, H, W], as the first step of a training with this seed would see them. */
async function seenBy(
  augment: AugmentOptions,
  dataset: Dataset,
  indices: Uint32Array<ArrayBuffer>,
  options: Options,
): Promise<Float32Array> {
  const { seed } = options;
  const seen = await withDevice(options, (device) =>
    augmentedImages(device, dataset, { augment, seed, step, indices }),
  );
  const bright = seen.reduce((count, value) => count + Number(value > 1), 0);
  if (bright > 0) note(`${((100 * bright) / seen.length).toFixed(2)} % of the pixels are brighter than 1, shown white`);
  return seen;
}

/** The image as it is, with its labels, and where wanted what is seen of it. */
function tileOf(
  { index, drawn }: Shown,
  dataset: Dataset,
  seen:
    | {
        readonly values: Float32Array;
        readonly place: number;
        readonly augment: string | undefined;
        readonly parameters: boolean;
      }
    | undefined,
): Tile {
  const raw = pictureOf(dataset, index);
  if (!seen || !drawn) return [raw];
  const image = grayAt(seen.values, seen.place, dataset);
  return [raw, { image, caption: [seen.augment ?? "", ...(seen.parameters ? drawnLines(drawn) : [])] }];
}

/** What --json prints. */
function documentOf(
  shown: readonly Shown[],
  { names, outputs, labels }: Dataset,
  sheet: string,
  augment: AugmentOptions | undefined,
) {
  const images = shown.map(({ index, drawn }) => ({
    image: names[index],
    labels: Object.fromEntries(outputs.map((name, k) => [name, labels[index * outputs.length + k]])),
    ...(drawn && { drawn }),
  }));
  return { sheet, augment: augment ?? null, images };
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`--out: expected a file that can be written, got ${reason}`, { cause });
  }
}
