/**
 * Images that were decoded and resized before, one file a data set, so that thousands are decoded once.
 *
 * A file is found by the digests of all the images' bytes. Reading and digesting them takes a small part of the time of
 * decoding, and nothing less tells for sure that a file is what it was: sizes and times can be kept by a copy, and an
 * uncompressed image has one size whatever it shows.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sizeOf } from "../shape.ts";
import type { ImageFacts } from "./image.ts";
import type { ReadingPlan } from "./read-image.node.ts";

/** Counts up whenever the same file no longer gives the same pixels, as it may with another version of a decoder. */
const cacheVersion = "1: pngjs 7.0.0, geotiff 3.0.5, jpeg-js 0.4.4";
/** Of all files together; those that were not used for longest go first. */
const defaultLimit = 4 * 2 ** 30;
const suffix = ".images";
/** What Node digests and reads at once, less what describes the images. */
const mostBytes = 2 ** 31 - 2 ** 26;

export interface CachedImages {
  /** [N, H, W], 8-bit gray. */
  readonly pixels: Uint8Array;
  /** N of them. */
  readonly facts: readonly ImageFacts[];
}

const facts = z.strictObject({
  format: z.enum(["PNG", "JPEG", "TIFF"]),
  height: z.int(),
  width: z.int(),
  bits: z.int(),
  channels: z.int(),
  pages: z.int(),
}) satisfies z.ZodType<ImageFacts>;
const header = z.strictObject({ key: z.string(), facts: z.array(facts) });

/** The kept images of one plan and one number of images. Its folder need not exist. */
export class ImageCache {
  readonly #folder: string;
  readonly #plan: ReadingPlan;
  readonly #count: number;
  readonly #limit: number;

  constructor(folder: string, plan: ReadingPlan, count: number, limit = defaultLimit) {
    this.#folder = folder;
    this.#plan = plan;
    this.#count = count;
    this.#limit = limit;
  }

  /** Begins the names of all files of this plan and number of images. */
  get #prefix(): string {
    const { size, resize, channel, normalize } = this.#plan;
    return sha256(JSON.stringify([cacheVersion, size, resize, channel, normalize, this.#count])).slice(0, 16);
  }

  #keyOf(digests: readonly string[]): string {
    return `${this.#prefix}-${sha256(digests.join("\n")).slice(0, 32)}`;
  }

  #fileOf(key: string): string {
    return join(this.#folder, key + suffix);
  }

  /** Whether there may be such images, so that it is worth while to digest the files. */
  async mayHold(): Promise<boolean> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    return names.some((name) => name.startsWith(this.#prefix) && name.endsWith(suffix));
  }

  /**
   * The images of files with these digests, or undefined where none were kept.
   *
   * @throws Error if what was kept is damaged.
   */
  async read(digests: readonly string[]): Promise<CachedImages | undefined> {
    const key = this.#keyOf(digests);
    const bytes = await readFile(this.#fileOf(key)).catch(() => undefined);
    if (!bytes) return undefined;
    const images = parse(bytes, key, this.#count * sizeOf(this.#plan.size));
    const now = new Date();
    await utimes(this.#fileOf(key), now, now).catch(() => undefined); // another may have removed it
    return images;
  }

  /** Keeps the images of files with these digests. @throws Error if that cannot be written. */
  async write(digests: readonly string[], { pixels, facts }: CachedImages): Promise<void> {
    if (pixels.length > mostBytes) throw new Error(`expected at most 2 GiB of images, got ${pixels.length} bytes`);
    const key = this.#keyOf(digests);
    const temporary = join(this.#folder, `.${key}.${process.pid}.tmp`);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    try {
      await writeFile(temporary, serialised(key, { pixels, facts }));
      await rename(temporary, this.#fileOf(key));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await this.#prune();
  }

  /** Removes the files that were not used for longest, and what a killed process left, until the rest is small enough. */
  async #prune(): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.#folder)).filter(isOwn).map(async (name) => {
        const path = join(this.#folder, name);
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
        return { path, size, mtimeMs };
      }),
    );
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let total = 0;
    for (const { path, size } of files) {
      total += size;
      if (total > this.#limit) await rm(path, { force: true });
    }
  }
}

/** Whether a file is one that this cache wrote: the folder may hold others. */
const isOwn = (name: string): boolean =>
  /^[0-9a-f]+-[0-9a-f]{32}\.images$/.test(name) || /^\.[0-9a-f]+-[0-9a-f]{32}\.\d+\.tmp$/.test(name);

const digestLength = 32;
const lengthLength = 4;

/** SHA-256 of all that follows; the length of the header; the header as JSON; the pixels. */
function serialised(key: string, { pixels, facts }: CachedImages): Uint8Array {
  const json = Buffer.from(JSON.stringify({ key, facts }));
  const length = Buffer.alloc(lengthLength);
  length.writeUInt32LE(json.length);
  const digest = createHash("sha256").update(length).update(json).update(pixels).digest();
  return Buffer.concat([digest, length, json, pixels]);
}

/** @throws Error if the bytes are not those that were written under this key. */
function parse(bytes: Buffer, key: string, pixelCount: number): CachedImages {
  const rest = bytes.subarray(digestLength);
  if (!createHash("sha256").update(rest).digest().equals(bytes.subarray(0, digestLength)))
    throw new Error("it is damaged");
  const end = lengthLength + rest.readUInt32LE();
  const { key: own, facts } = header.parse(JSON.parse(rest.toString("utf8", lengthLength, end)));
  const pixels = rest.subarray(end);
  if (own !== key || pixels.length !== pixelCount) throw new Error("it holds other images");
  return { pixels: new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length), facts };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
