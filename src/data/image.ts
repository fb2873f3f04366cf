/** Images as they are stored and as networks see them, and how colours become gray: OpenCV's `IMREAD_GRAYSCALE`. */
import { DataError } from "../errors.ts";

/** An 8-bit gray image. */
export interface GrayImage {
  readonly height: number;
  readonly width: number;
  /** [H, W], 0 is black. */
  readonly pixels: Uint8Array;
}

export type ImageFormat = "PNG" | "JPEG" | "TIFF";

/** What an image file holds, whatever was taken from it. */
export interface ImageFacts {
  readonly format: ImageFormat;
  readonly height: number;
  readonly width: number;
  /** Bits a sample. */
  readonly bits: number;
  /** That one can choose from: 3 of an RGB image. */
  readonly channels: number;
  /** More than 1 only in a TIFF. */
  readonly pages: number;
}

/** Samples of 8 or of 16 bits. */
export type Samples = Uint8Array | Uint16Array;

/** One plane of an image file with the samples that it has there. */
export interface StoredImage {
  readonly facts: ImageFacts;
  /** [H, W], 0 is black. */
  readonly samples: Samples;
}

/**
 * Weights of red, green and blue in units of 2^-15, as libpng derives them from `png_set_rgb_to_gray(…, 0.299, 0.587)`
 * (pngrtran.c cuts both products and gives blue the rest).
 */
const redWeight = 9797;
const greenWeight = 19234;
const blueWeight = 3737;

const plane = (length: number, bits: 8 | 16): Samples =>
  bits === 16 ? new Uint16Array(length) : new Uint8Array(length);

/**
 * Gray from colour. As in libpng, 8-bit sums are cut and 16-bit sums are rounded. A gamma that the file declares is not
 * applied (libpng would convert in linear light).
 *
 * @param samples [H, W, stride], of which the first three of a pixel are red, green and blue.
 */
export function grayFromRgb(samples: ArrayLike<number>, stride: number, bits: 8 | 16): Samples {
  const half = bits === 16 ? 2 ** 14 : 0;
  const gray = plane(samples.length / stride, bits);
  for (let i = 0, at = 0; i < gray.length; i++, at += stride) {
    const sum = redWeight * samples[at]! + greenWeight * samples[at + 1]! + blueWeight * samples[at + 2]!;
    gray[i] = (sum + half) >>> 15;
  }
  return gray;
}

/**
 * One of each pixel's samples.
 *
 * @param samples [H, W, stride].
 */
export function sampleOf(samples: ArrayLike<number>, stride: number, bits: 8 | 16, index: number): Samples {
  const taken = plane(samples.length / stride, bits);
  for (let i = 0; i < taken.length; i++) taken[i] = samples[i * stride + index]!;
  return taken;
}

/**
 * The index of a channel that was asked for.
 *
 * @param channel counted from 1.
 * @throws DataError if the image has fewer.
 */
export function channelIndex(channel: number, channels: number, name: string): number {
  if (channel <= channels) return channel - 1;
  throw new DataError(
    `${name}: expected an image with a channel ${channel}, got one with ${channels === 1 ? "a single channel" : `${channels} channels`}; ` +
      "choose another channel (--channel) or leave the choice away",
  );
}

/** The error for an image file that begins as what it should be and cannot be read to its end. */
/** Pixels of an image at most: a file of some kilobytes may claim more than there is memory for. */
const mostPixels = 1e8;

/** @throws DataError if an image is too large to be read, before it is. */
export function requirePixels(name: string, height: number, width: number): void {
  if (height * width <= mostPixels) return;
  throw new DataError(
    `${name}: expected an image of at most ${mostPixels / 1e6} million pixels, got ${height} x ${width}; make it smaller`,
  );
}

export const damagedImage = (name: string, format: ImageFormat, reason: string, cause?: unknown): DataError =>
  new DataError(
    `${name}: expected a PNG, JPEG or TIFF image, got a truncated or damaged ${format} (${reason}); ` +
      "copy or write the file again",
    { cause },
  );
