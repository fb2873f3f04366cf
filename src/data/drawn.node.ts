/** What `data make` writes beside the labels of a data set: how the cells of its images were drawn. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { readBytes } from "./images.node.ts";
import type { Drawn } from "./label-noise.ts";
import { parseLabels } from "./labels.ts";

/**
 * The priors and counts of these images and outputs.
 *
 * @returns null where there are none in the folder, an image or an output is not among them, or there are other types
 *   of cells besides these outputs: fractions are of all cells.
 * @throws DataError if a file of theirs cannot be used.
 */
export async function readDrawn(
  folder: string,
  names: readonly string[],
  outputs: readonly string[],
): Promise<Drawn | null> {
  const priors = await readRows(join(folder, "priors.csv"), names, outputs);
  const counts = await readRows(join(folder, "counts.csv"), names, outputs);
  return priors && counts ? { priors, counts } : null;
}

/**
 * The number of cells of each of these images, of all types together.
 *
 * @throws DataError if the folder has no counts.csv, it cannot be used, or an image is not in it.
 */
export async function readCellCounts(folder: string, names: readonly string[]): Promise<number[]> {
  const path = join(folder, "counts.csv");
  const contract = `${path}: expected a row "image,a,b" with the number of cells of each type for every image`;
  if (!existsSync(path)) throw new DataError(`${contract}, got no such file`);
  const table = await readLabelTable(path);
  const countOf = new Map(table.rows.map(({ image, values }) => [image, values.reduce((sum, own) => sum + own, 0)]));
  return names.map((name) => {
    const count = countOf.get(name);
    if (count === undefined) throw new DataError(`${contract}, got none for "${name}"; add it`);
    return count;
  });
}

const readLabelTable = async (path: string) =>
  parseLabels(new TextDecoder().decode(await readBytes(path, "labels")), path);

async function readRows(path: string, names: readonly string[], outputs: readonly string[]) {
  if (!existsSync(path)) return undefined;
  const table = await readLabelTable(path);
  const columns = outputs.map((output) => table.outputs.indexOf(output));
  const valuesOf = new Map(table.rows.map(({ image, values }) => [image, values]));
  if (columns.includes(-1) || columns.length < table.outputs.length || !names.every((name) => valuesOf.has(name)))
    return undefined;
  return names.map((name) => columns.map((column) => valuesOf.get(name)?.[column] ?? NaN));
}
