/** Reading images from files and folders. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { type Pair, sizeOf } from "../shape.ts";
import { forEachConcurrently } from "./concurrent.ts";
import { isImageName } from "./dataset.ts";
import { decodeImage } from "./decode.node.ts";
import { checkSize, resize, type ResizeMethod } from "./resize.ts";

/** Files under way at once: enough to keep the disk busy, few enough to hold in memory. */
export const filesAtOnce = 8;

/** Images of one size. */
export interface LoadedImages {
  /** [N, H, W], 8-bit gray. */
  readonly pixels: Uint8Array;
  /** H, W of each image in its file. */
  readonly originalSizes: readonly Pair[];
}

/**
 * Images from files, resized to [H, W], in the order of `paths`.
 *
 * @throws DataError if a file cannot be read as an image; ShapeError as `resize`.
 */
export async function readImages(
  paths: readonly string[],
  size: Pair,
  method: ResizeMethod,
  onProgress?: (done: number, total: number) => void,
): Promise<LoadedImages> {
  checkSize(size);
  const pixels = new Uint8Array(paths.length * sizeOf(size));
  const originalSizes: Pair[] = [];
  let done = 0;
  await forEachConcurrently(paths, filesAtOnce, async (path, i) => {
    const image = await decodeImage(await readBytes(path, "a PNG or TIFF image"), path);
    pixels.set(resize(image, size, method).pixels, i * sizeOf(size));
    originalSizes[i] = [image.height, image.width];
    onProgress?.(++done, paths.length);
  });
  return { pixels, originalSizes };
}

/**
 * Images without labels, for prediction.
 *
 * @param paths files, or folders that stand for the images in them in the order of their names.
 * @returns also the files' paths, one for each image.
 * @throws DataError if there is no image or one cannot be read.
 */
export async function loadImages(
  paths: readonly string[],
  size: Pair,
  method: ResizeMethod,
): Promise<LoadedImages & { readonly paths: readonly string[] }> {
  const expanded = (await Promise.all(paths.map(imagesAt))).flat();
  if (expanded.length === 0) throw new DataError("images: expected at least one file or folder, got none");
  return { paths: expanded, ...(await readImages(expanded, size, method)) };
}

async function imagesAt(path: string): Promise<readonly string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // reading it as a file tells what is wrong
  );
  if (!isFolder) return [path];
  const images = (await listFiles(path)).filter(isImageName);
  if (images.length === 0) {
    throw new DataError(`${path}: expected a folder with PNG or TIFF images, got none in it; check the path`);
  }
  return images.map((image) => join(path, image));
}

/**
 * The names of a folder's files, sorted; without hidden files, among them those that macOS leaves on other disks.
 *
 * @throws DataError if there is no such folder.
 */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, "a folder of images", error);
  });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();
}

/**
 * The bytes of a file.
 *
 * @param contract what the file should be, for messages.
 * @throws DataError if it cannot be read.
 */
export async function readBytes(path: string, contract: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, contract, error);
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "nothing of that name; check the path",
  ENOTDIR: "a file; name the folder it is in",
};

function unreadable(path: string, contract: string, error: unknown): DataError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new DataError(`${path}: expected ${contract}, got ${reasons[code] ?? code}`, { cause: error });
}
