/** A synthetic data set as a folder: PNG images and their labels. */
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { encodeGray16Png, encodeGrayPng } from "./encode-png.node.ts";
import { datasetFiles, imageName, type ImageRecord } from "./generator/files.ts";
import { type CountedOptions, type GeneratedImage, generateImages, requireCounted } from "./generator/generate.ts";
import { cellTypes } from "./generator/types.ts";

/**
 * Writes images 0 … count - 1 and their labels into a folder, which is made if it is absent. `labels.csv` appears last
 * and whole: a folder that was interrupted has none.
 *
 * @returns whether all were made: not if `signal` asked to stop.
 * @throws UsageError if an option is out of range.
 * @throws DataError if the folder holds anything or is no folder.
 */
export async function makeDataset(device: Device, directory: string, options: CountedOptions): Promise<boolean> {
  const { count, size, masks, signal, bits } = options;
  requireCounted(options);
  await requireEmpty(directory);
  if (masks) await mkdir(join(directory, "masks"));
  const images: ImageRecord[] = [];
  for await (const image of generateImages(device, options)) {
    const { scene, pixels } = image;
    const name = imageName(scene.index, count);
    await writeFile(join(directory, name), encodeGray(pixels, size));
    if (masks) await writeMasks(join(directory, "masks", name.replace(/\.png$/, "")), image, size);
    const { prior, counts, fractions, values } = scene;
    images.push({ prior, counts, fractions, values });
  }
  if (signal?.aborted) return false;
  const described = { ...options, bits: bits ?? 8, masks: masks ?? false, adapter: device.description.name };
  for (const [name, contents] of datasetFiles(images, described)) {
    const path = join(directory, name);
    await writeFile(`${path}.tmp`, contents);
    await rename(`${path}.tmp`, path);
  }
  return true;
}

const encodeGray = (pixels: Uint8Array | Uint16Array, size: number): Buffer =>
  pixels instanceof Uint8Array
    ? encodeGrayPng({ height: size, width: size, pixels })
    : encodeGray16Png(pixels, size, size);

/** The masks of an image: by instance, 16 bits, and by type. */
async function writeMasks(stem: string, { scene, owners }: GeneratedImage, size: number): Promise<void> {
  const types = Uint8Array.from(owners, (owner) => {
    const cell = scene.cells[owner - 1]?.cell;
    return cell ? cellTypes.indexOf(cell.type) + 1 : 0;
  });
  await writeFile(`${stem}_types.png`, encodeGray(types, size));
  await writeFile(`${stem}_instances.png`, encodeGray(Uint16Array.from(owners), size));
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
