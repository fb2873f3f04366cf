/** What `data make` writes beside the labels of a data set: how the cells of its images were drawn. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBytes } from "./images.node.ts";
import type { Drawn } from "./label-noise.ts";
import { parseLabels } from "./labels.ts";

/**
 * The priors and counts of these images and outputs.
 *
 * @returns null where there are none in the folder, or an image or an output is not among them.
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

async function readRows(path: string, names: readonly string[], outputs: readonly string[]) {
  if (!existsSync(path)) return undefined;
  const table = parseLabels(new TextDecoder().decode(await readBytes(path, "labels")), path);
  const columns = outputs.map((output) => table.outputs.indexOf(output));
  const valuesOf = new Map(table.rows.map(({ image, values }) => [image, values]));
  if (columns.includes(-1) || !names.every((name) => valuesOf.has(name))) return undefined;
  return names.map((name) => columns.map((column) => valuesOf.get(name)?.[column] ?? NaN));
}
