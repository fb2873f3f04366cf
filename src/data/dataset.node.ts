/** Reading a data set from a folder. */
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { type Pair, sameShape } from "../shape.ts";
import { forEachConcurrently } from "./concurrent.ts";
import { checkPairing, type Dataset, type DatasetOptions, isImageName } from "./dataset.ts";
import type { ImageFacts } from "./image.ts";
import { filesAtOnce, listFiles, readBytes } from "./images.node.ts";
import { type LabelTable, parseLabels } from "./labels.ts";
import { readImages, type ReadingOptions } from "./load-images.node.ts";
import { parseNpy } from "./npy.ts";
import type { ReadingPlan } from "./read-image.node.ts";
import { type LabelledPair, type LabelVector, pairById, vectorLabels } from "./thesis-layout.ts";

/**
 * The images and labels of a folder: with a `labels.csv`, in the order of its rows; otherwise in the thesis's layout of
 * `img<id>.png` and `<prefix><id>.npy`, in the order of ids.
 *
 * @throws DataError if the folder, a label or an image is missing or cannot be used.
 */
export async function loadDataset(directory: string, options: DatasetOptions & ReadingOptions): Promise<Dataset> {
  const { files, table } = await readTable(directory, options.labelColumns);
  checkPairing(table, files, directory, options.ignoreUnlabelled ?? false);
  const plan = readingPlan(options);
  const names = table.rows.map((row) => row.image);
  const paths = names.map((name) => join(directory, name));
  const { pixels, facts } = await readImages(paths, plan, options);
  return {
    source: directory,
    names,
    size: plan.size,
    pixels,
    labels: Float32Array.from(table.rows.flatMap((row) => row.values)),
    outputs: table.outputs,
    facts,
    resized: commonSizeOtherThan(plan.size, facts),
  };
}

/** What the options decide about an image's pixels. */
export function readingPlan({
  size,
  resize = "area",
  channel = null,
  normalize = "none",
}: DatasetOptions): ReadingPlan {
  return { size: typeof size === "number" ? [size, size] : size, resize, channel, normalize };
}

/**
 * The labels of a folder and the names of its files, whether or not they belong together.
 *
 * @throws DataError if the folder has no image, or a label cannot be used.
 */
export async function readTable(
  directory: string,
  labelColumns?: readonly string[],
): Promise<{ files: readonly string[]; table: LabelTable }> {
  const files = await listFiles(directory);
  return { files, table: await readLabels(directory, files, labelColumns) };
}

async function readLabels(
  directory: string,
  files: readonly string[],
  labelColumns?: readonly string[],
): Promise<LabelTable> {
  if (!files.some(isImageName)) {
    throw new DataError(
      `${directory}: expected a folder with PNG, JPEG or TIFF images, got ${files.length === 0 ? "an empty folder" : "none in it"}; ` +
        "check the path, or make a data set with `cellgrad data make`",
    );
  }
  if (files.includes("labels.csv")) {
    const path = join(directory, "labels.csv");
    return parseLabels(new TextDecoder().decode(await readBytes(path, "labels")), path, labelColumns);
  }
  const pairs = pairById(files, directory);
  if (pairs !== undefined) return vectorLabels(await readVectors(directory, pairs), labelColumns);
  throw new DataError(
    `${directory}: expected labels, got neither labels.csv nor <prefix><id>.npy files; ` +
      'write a labels.csv with a header such as "image,a,b" and one row per image',
  );
}

async function readVectors(directory: string, pairs: readonly LabelledPair[]): Promise<readonly LabelVector[]> {
  const vectors: LabelVector[] = [];
  await forEachConcurrently(pairs, filesAtOnce, async ({ image, vector }, i) => {
    const where = join(directory, vector);
    vectors[i] = { image, where, array: parseNpy(await readBytes(where, "labels"), where) };
  });
  return vectors;
}

function commonSizeOtherThan(size: Pair, facts: readonly ImageFacts[]): Pair | null {
  const originalSizes = facts.map(({ height, width }): Pair => [height, width]);
  const [first] = originalSizes;
  if (first === undefined || sameShape(first, size)) return null;
  return originalSizes.every((original) => sameShape(original, first)) ? first : null;
}
