/** Gray images and how wider samples become 8-bit gray ones, by the rules of OpenCV's `IMREAD_GRAYSCALE`. */
import { DataError } from "../errors.ts";

/** An 8-bit gray image. */
export interface GrayImage {
  readonly height: number;
  readonly width: number;
  /** [H, W], 0 is black. */
  readonly pixels: Uint8Array;
}

/**
 * Weights of red, green and blue in units of 2^-15, as libpng derives them from `png_set_rgb_to_gray(…, 0.299, 0.587)`
 * (pngrtran.c cuts both products and gives blue the rest).
 */
const redWeight = 9797;
const greenWeight = 19234;
const blueWeight = 3737;

/**
 * Gray from colour. As in libpng, 8-bit sums are cut and 16-bit sums are rounded, and the 16-bit gray is then cut to its
 * upper byte. A gamma that the file declares is not applied (libpng would convert in linear light).
 *
 * @param samples [H, W, stride], of which the first three of a pixel are red, green and blue.
 */
export function grayFromRgb(samples: ArrayLike<number>, stride: number, bits: 8 | 16): Uint8Array {
  const [half, shift] = bits === 16 ? [2 ** 14, 15 + 8] : [0, 15];
  const pixels = new Uint8Array(samples.length / stride);
  for (let i = 0, at = 0; i < pixels.length; i++, at += stride) {
    const sum = redWeight * samples[at]! + greenWeight * samples[at + 1]! + blueWeight * samples[at + 2]!;
    pixels[i] = (sum + half) >>> shift;
  }
  return pixels;
}

/**
 * Gray from the first of each pixel's samples; 16-bit samples are cut to their upper byte.
 *
 * @param samples [H, W, stride].
 */
export function grayFromFirst(samples: ArrayLike<number>, stride: number, bits: 8 | 16): Uint8Array {
  const shift = bits - 8;
  const pixels = new Uint8Array(samples.length / stride);
  for (let i = 0; i < pixels.length; i++) pixels[i] = samples[i * stride]! >>> shift;
  return pixels;
}

/** The error for an image file that begins as what it should be and cannot be read to its end. */
export const damagedImage = (name: string, format: "PNG" | "TIFF", reason: string, cause?: unknown): DataError =>
  new DataError(
    `${name}: expected a PNG or TIFF image, got a truncated or damaged ${format} (${reason}); copy or write the file again`,
    { cause },
  );
