/** Reading a data set for its card: whatever is wrong with an image is noted, and the others are read. */
import { join } from "node:path";
import type { CardInput } from "../data/card.ts";
import { isImageName } from "../data/dataset.ts";
import { readingPlan, readTable } from "../data/dataset.node.ts";
import { readDrawn } from "../data/drawn.node.ts";
import type { LabelTable } from "../data/labels.ts";
import { type ReadingOptions, readImages } from "../data/load-images.node.ts";
import type { Normalization } from "../data/normalize.ts";
import type { ResizeMethod } from "../data/resize.ts";
import type { Split } from "../data/split.ts";
import { DataError } from "../errors.ts";
import { sizeOf } from "../shape.ts";

export interface CardReading {
  readonly size: number;
  readonly resize: ResizeMethod;
  readonly channel: number | null;
  readonly normalize: Normalization;
  readonly labelColumns: readonly string[] | undefined;
  readonly reading: ReadingOptions;
  /** @throws DataError if these images cannot be split as was asked for. */
  readonly splitOf: (names: readonly string[]) => Promise<Split>;
}

/** @throws DataError if there is no data set, a label cannot be used, or no image can be read. */
export async function readCard(data: string, options: CardReading): Promise<CardInput> {
  const { files, table } = await readTable(data, options.labelColumns);
  const problems: string[] = [];
  const present = presentRows(data, files, table, problems);
  const plan = readingPlan(options);
  const paths = present.map(({ image }) => join(data, image));
  const failures = new Map<number, string>();
  const onFailure = (index: number, error: DataError) => void failures.set(index, error.message);
  const images = await readImages(paths, plan, { ...options.reading, onFailure });
  problems.push(...[...failures].sort(([a], [b]) => a - b).map(([, message]) => message));

  const usable = present.flatMap((row, index) => (failures.has(index) ? [] : [{ ...row, index }]));
  if (usable.length === 0) {
    throw new DataError(`${data}: expected an image that can be read, got none: ${problems[0] ?? "it has no labels"}`);
  }
  const pixels = new Uint8Array(usable.length * sizeOf(plan.size));
  usable.forEach(({ index }, i) => pixels.set(imageAt(images.pixels, index, sizeOf(plan.size)), i * sizeOf(plan.size)));
  const names = usable.map(({ image }) => image);
  const split = await options.splitOf(names).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    problems.push(error.message);
    return null;
  });
  return {
    data,
    names,
    facts: usable.flatMap(({ index }) => images.facts[index] ?? []),
    size: plan.size,
    pixels,
    outputs: table.outputs,
    labels: Float32Array.from(usable.flatMap(({ values }) => values)),
    drawn: await readDrawn(data, names, table.outputs),
    split,
    problems,
  };
}

const imageAt = (pixels: Uint8Array, index: number, length: number) =>
  pixels.subarray(index * length, (index + 1) * length);

/** The rows whose images are in the folder; the others, and images without a row, are problems. */
function presentRows(data: string, files: readonly string[], table: LabelTable, problems: string[]) {
  const known = new Set(files);
  for (const { image, where } of table.rows) {
    if (!known.has(image)) problems.push(`${where}: expected the name of an image in ${data}, got "${image}"`);
  }
  const labelled = new Set(table.rows.map(({ image }) => image));
  for (const image of files.filter(isImageName)) {
    if (!labelled.has(image)) problems.push(`${join(data, image)}: expected a label for the image, got none`);
  }
  return table.rows.filter(({ image }) => known.has(image));
}
