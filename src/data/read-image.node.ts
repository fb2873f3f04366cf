/** One image file, read, decoded, made gray and resized. */
import { createHash } from "node:crypto";
import type { Pair } from "../shape.ts";
import { decodeImage } from "./decode.node.ts";
import type { ImageFacts } from "./image.ts";
import { readBytes } from "./images.node.ts";
import { type Normalization, toGray } from "./normalize.ts";
import { resize, type ResizeMethod } from "./resize.ts";

/** All that decides an image's pixels besides its file. */
export interface ReadingPlan {
  /** H, W. */
  readonly size: Pair;
  readonly resize: ResizeMethod;
  /** Which channel, counted from 1; null for the gray of all colours, or the first channel where they are no colours. */
  readonly channel: number | null;
  readonly normalize: Normalization;
}

export interface ReadImage {
  /** [H, W], 8-bit gray. */
  readonly pixels: Uint8Array;
  readonly facts: ImageFacts;
  /** SHA-256 of the file that they are of, in hexadecimal. */
  readonly digest: string;
}

/** @throws DataError if the file cannot be read as an image, or has no such channel. */
export async function readImage(path: string, plan: ReadingPlan): Promise<ReadImage> {
  const bytes = await readImageBytes(path);
  const stored = await decodeImage(bytes, path, plan.channel);
  const { pixels } = resize(toGray(stored, plan.normalize), plan.size, plan.resize);
  return { pixels, facts: stored.facts, digest: digestOf(bytes) };
}

/** @throws DataError if the file cannot be read. */
export const digestFile = async (path: string): Promise<string> => digestOf(await readImageBytes(path));

const readImageBytes = (path: string): Promise<Uint8Array> => readBytes(path, "a PNG, JPEG or TIFF image");

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
