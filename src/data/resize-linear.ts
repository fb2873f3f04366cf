/**
 * OpenCV's INTER_LINEAR for 8-bit images, bit for bit (imgproc/src/resize.cpp, `HResizeLinear` and the 8-bit
 * `VResizeLinear`; checked against OpenCV 4.14 and 5.0): half-pixel centres in float32, weights in units of 1 / 2048.
 * For a four times smaller image it comes to (a + b + c + d + 2) >> 2 of the central 2 x 2 of each 4 x 4 pixels.
 */
import type { Pair } from "../shape.ts";
import type { GrayImage } from "./image.ts";

/** Weight 1 in fixed point. */
const one = 2048;

/** The pixels [H, W] of the image at another size. */
export function resizeLinear(image: GrayImage, [height, width]: Pair): Uint8Array {
  const across = Array.from({ length: width }, (_, x) => atBorder(tap(x, image.width, width), image.width));
  const pixels = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const { low, weights } = tap(y, image.height, height);
    const above = interpolatedRow(image, clamp(low, image.height), across);
    const below = interpolatedRow(image, clamp(low + 1, image.height), across);
    for (let x = 0; x < width; x++) {
      const upper = (weights[0] * (above[x]! >> 4)) >> 16;
      const lower = (weights[1] * (below[x]! >> 4)) >> 16;
      pixels[y * width + x] = (upper + lower + 2) >> 2;
    }
  }
  return pixels;
}

/** The two inputs, `low` and `low + 1`, that an output lies between, and their weights. */
interface Tap {
  readonly low: number;
  readonly weights: Pair;
}

function tap(o: number, input: number, output: number): Tap {
  const centre = Math.fround((o + 0.5) * (input / output) - 0.5);
  const low = Math.floor(centre);
  const fraction = Math.fround(centre - low);
  return { low, weights: [roundHalfEven(Math.fround(1 - fraction) * one), roundHalfEven(fraction * one)] };
}

/** Across, OpenCV gives the border pixel all the weight; down, it keeps the weights and repeats the row. */
function atBorder({ low, weights }: Tap, input: number): Tap {
  if (low < 0) return { low: 0, weights: [one, 0] };
  if (low >= input - 1) return { low: input - 1, weights: [one, 0] };
  return { low, weights };
}

function interpolatedRow(image: GrayImage, row: number, across: readonly Tap[]): Int32Array {
  const start = row * image.width;
  return Int32Array.from(across, ({ low, weights }) => {
    const left = image.pixels[start + low]!;
    return weights[1] === 0 ? weights[0] * left : weights[0] * left + weights[1] * image.pixels[start + low + 1]!;
  });
}

const clamp = (index: number, length: number): number => Math.min(Math.max(index, 0), length - 1);

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below === 0.5) return below + (below % 2);
  return Math.round(x);
}
