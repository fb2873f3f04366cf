/** Images of a data set as data URIs, the size that the network sees. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readingPlan } from "../data/dataset.node.ts";
import { encodeGrayPng } from "../data/encode-png.node.ts";
import { listFiles } from "../data/images.node.ts";
import { readImages } from "../data/load-images.node.ts";
import { DataError } from "../errors.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { sizeOf } from "../shape.ts";

/**
 * The images of these names as PNG, read as the run reads them; names that lead out of the folder are of none.
 *
 * @param onFailure is told of each image that is missing or cannot be read, which the map then lacks.
 */
export async function readPictures(
  folder: string,
  names: readonly string[],
  { preset, channel, normalize }: Pick<RunConfig, "preset" | "channel" | "normalize">,
  onFailure: (error: DataError) => void,
): Promise<Map<string, string>> {
  const plan = readingPlan({ size: preset.size, resize: preset.resize, channel, normalize });
  const own = await ownFiles(folder, names, onFailure);
  const paths = own.map((name) => join(folder, name));
  const { pixels, facts } = await readImages(paths, plan, { onFailure: (_, error) => onFailure(error) });
  const [height, width] = plan.size;
  const length = sizeOf(plan.size);
  const pictures = new Map<string, string>();
  own.forEach((name, i) => {
    if (!facts[i]) return;
    const png = encodeGrayPng({ height, width, pixels: pixels.subarray(i * length, (i + 1) * length) });
    pictures.set(name, `data:image/png;base64,${png.toString("base64")}`);
  });
  return pictures;
}

/** Those names that are of files in the folder. A run's may come from anywhere: they lead neither out of it nor to a pipe. */
async function ownFiles(
  folder: string,
  names: readonly string[],
  onFailure: (error: DataError) => void,
): Promise<string[]> {
  const own: string[] = [];
  try {
    const found = new Set(await listFiles(folder));
    for (const name of names) {
      if (found.has(name) && (await stat(join(folder, name))).isFile()) own.push(name);
      else onFailure(new DataError(`${folder}: expected an image called ${JSON.stringify(name)}, got no such file`));
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    onFailure(error);
  }
  return own;
}
