/** A synthetic data set as a folder: PNG images and their labels. */
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, UsageError } from "../errors.ts";
import { encodeGrayPng } from "./encode-png.node.ts";
import { datasetFiles, imageName } from "./generator/files.ts";
import { generateImage, type ImageLabels } from "./generator/image.ts";
import { requireOptions, type GeneratorOptions } from "./generator/options.ts";

export interface MakeOptions extends GeneratorOptions {
  /** Number of images. */
  readonly count: number;
  /** Called after each image with how many are written. */
  readonly onProgress?: (written: number) => void;
}

/**
 * Writes images 0 … count - 1 and their labels into a folder, which is made if it is absent. `labels.csv` appears last
 * and whole: a folder that was interrupted has none.
 *
 * @throws UsageError if an option is out of range.
 * @throws DataError if the folder holds anything or is no folder.
 */
export async function makeDataset(directory: string, options: MakeOptions): Promise<void> {
  const { count, onProgress } = options;
  requireOptions(options);
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`makeDataset: expected a count of a positive integer, got ${count}`);
  }
  await requireEmpty(directory);
  const images: ImageLabels[] = [];
  for (let index = 0; index < count; index++) {
    const { pixels, ...labels } = generateImage(index, options);
    await writeFile(
      join(directory, imageName(index, count)),
      encodeGrayPng({ height: options.size, width: options.size, pixels }),
    );
    images.push(labels);
    onProgress?.(index + 1);
  }
  for (const [name, contents] of datasetFiles(images, options)) {
    const path = join(directory, name);
    await writeFile(`${path}.tmp`, contents);
    await rename(`${path}.tmp`, path);
  }
}

async function requireEmpty(directory: string): Promise<void> {
  const expectation = `${directory}: expected an empty or absent folder`;
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new DataError(`${expectation}, got one that cannot be made (${String(error)})`, { cause: error });
  }
  const entries = await readdir(directory);
  if (entries.length > 0) {
    throw new DataError(
      `${expectation}, got one with ${entries.length} entries such as ${entries[0]}; choose another or remove it`,
    );
  }
}
