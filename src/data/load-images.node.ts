/** Many image files as one array of pixels: in threads, and from the cache where they were read before. */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import { forEachConcurrently } from "./concurrent.ts";
import { isImageName } from "./dataset.ts";
import type { ImageFacts } from "./image.ts";
import { ImageCache } from "./image-cache.node.ts";
import { ImageThreads } from "./image-threads.node.ts";
import { filesAtOnce, listFiles } from "./images.node.ts";
import { digestFile, readImage, type ReadImage, type ReadingPlan } from "./read-image.node.ts";
import { checkSize } from "./resize.ts";

/** Fewer images are read before threads have begun, and sooner than they are found in a cache. */
const manyImages = 64;

/** How to read many images; nothing of it changes their pixels. */
export interface ReadingOptions {
  /** Threads to decode in; by default as many as there are cores, none for few images. */
  readonly threads?: number | undefined;
  /** Where to keep what was read; by default nowhere. A few images are never kept. */
  readonly cacheFolder?: string | undefined;
  /** Called after each image that was read, or whose file was checked against the cache. */
  readonly onProgress?: ((done: number, total: number, doing: "reading" | "checking") => void) | undefined;
  /** Called with what a user may want to know about the cache, a line each. */
  readonly onNote?: ((line: string) => void) | undefined;
  /** Called for each file that cannot be read, which then has no facts and black pixels; by default it is thrown. */
  readonly onFailure?: ((index: number, error: DataError) => void) | undefined;
}

/** Images of one size. */
export interface LoadedImages {
  /** [N, H, W], 8-bit gray. */
  readonly pixels: Uint8Array;
  /** What each file holds; a hole for one that could not be read, which only `onFailure` allows. */
  readonly facts: readonly ImageFacts[];
}

/**
 * Images from files, in the order of `paths`.
 *
 * @throws DataError if a file cannot be read as an image; ShapeError as `resize`.
 */
export async function readImages(
  paths: readonly string[],
  plan: ReadingPlan,
  options: ReadingOptions = {},
): Promise<LoadedImages> {
  checkSize(plan.size);
  if (options.cacheFolder === undefined || paths.length < manyImages) {
    return (await decodeAll(paths, plan, options)).images;
  }
  const cache = new ImageCache(options.cacheFolder, plan, paths.length);
  return (await cached(paths, cache, options)) ?? (await decodeAndKeep(paths, plan, cache, options));
}

async function cached(
  paths: readonly string[],
  cache: ImageCache,
  { onProgress, onNote }: ReadingOptions,
): Promise<LoadedImages | undefined> {
  if (!(await cache.mayHold())) return undefined;
  const digests: string[] = [];
  let done = 0;
  try {
    await forEachConcurrently(paths, filesAtOnce, async (path, i) => {
      digests[i] = await digestFile(path);
      onProgress?.(++done, paths.length, "checking");
    });
  } catch (error) {
    if (error instanceof DataError) return undefined; // reading it again tells what is wrong
    throw error;
  }
  try {
    return await cache.read(digests);
  } catch (error) {
    onNote?.(`cache of images ignored and made again: ${reasonOf(error)}`);
    return undefined;
  }
}

async function decodeAndKeep(
  paths: readonly string[],
  plan: ReadingPlan,
  cache: ImageCache,
  options: ReadingOptions,
): Promise<LoadedImages> {
  const { images, digests } = await decodeAll(paths, plan, options);
  if (!paths.every((_, i) => digests[i] !== undefined)) return images; // some could not be read
  await cache.write(digests, images).catch((error: unknown) => {
    options.onNote?.(`the images that were read could not be kept for the next time: ${reasonOf(error)}`);
  });
  return images;
}

async function decodeAll(
  paths: readonly string[],
  plan: ReadingPlan,
  { threads, onProgress, onFailure }: ReadingOptions,
): Promise<{ images: LoadedImages; digests: readonly string[] }> {
  const length = sizeOf(plan.size);
  const pixels = new Uint8Array(paths.length * length);
  const facts: ImageFacts[] = [];
  const digests: string[] = [];
  let done = 0;
  const reader = openReader(plan, threads ?? (paths.length < manyImages ? 0 : availableParallelism()));
  const visit = async (path: string, i: number) => {
    try {
      const image = await reader.read(path);
      pixels.set(image.pixels, i * length);
      facts[i] = image.facts;
      digests[i] = image.digest;
    } catch (error) {
      if (!onFailure || !(error instanceof DataError)) throw error;
      onFailure(i, error);
    }
    onProgress?.(++done, paths.length, "reading");
  };
  await forEachConcurrently(paths, reader.atOnce, visit).finally(() => reader.close());
  return { images: { pixels, facts }, digests };
}

interface Reader {
  read(path: string): Promise<ReadImage>;
  close(): Promise<void>;
  /** Files that it can have under way. */
  readonly atOnce: number;
}

/** A single thread is not worth while, since the process would only wait for it. */
function openReader(plan: ReadingPlan, threads: number): Reader {
  const pool = threads > 1 ? ImageThreads.start(threads, plan) : undefined;
  if (!pool) return { read: (path) => readImage(path, plan), close: () => Promise.resolve(), atOnce: filesAtOnce };
  return { read: (path) => pool.read(path), close: () => pool.close(), atOnce: filesAtOnce * threads };
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

/**
 * Images without labels, for prediction.
 *
 * @param paths files, or folders that stand for the images in them in the order of their names.
 * @returns also the files' paths, one for each image.
 * @throws DataError if there is no image or one cannot be read.
 */
export async function loadImages(
  paths: readonly string[],
  plan: ReadingPlan,
  options: ReadingOptions = {},
): Promise<LoadedImages & { readonly paths: readonly string[] }> {
  const expanded = (await Promise.all(paths.map(imagesAt))).flat();
  if (expanded.length === 0) throw new DataError("images: expected at least one file or folder, got none");
  return { paths: expanded, ...(await readImages(expanded, plan, options)) };
}

async function imagesAt(path: string): Promise<readonly string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // reading it as a file tells what is wrong
  );
  if (!isFolder) return [path];
  const images = (await listFiles(path)).filter(isImageName);
  if (images.length === 0) {
    throw new DataError(`${path}: expected a folder with PNG, JPEG or TIFF images, got none in it; check the path`);
  }
  return images.map((image) => join(path, image));
}
