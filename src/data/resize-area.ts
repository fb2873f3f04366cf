/** Box averages with fractional coverage, in integers: the result is the exact average, rounded half up. */
import type { Pair } from "../shape.ts";
import type { GrayImage } from "./image.ts";

/**
 * The pixels [H, W] of a smaller image, each the average over the rectangle that it covers.
 *
 * Output pixel o of an axis covers the inputs' range [o, o + 1) · input / output. Measured in units of 1 / output of an
 * input pixel all bounds are integers, and the weights of one output pixel add up to `input`.
 */
export function resizeArea(image: GrayImage, [height, width]: Pair): Uint8Array {
  const total = image.height * image.width;
  const across = boxes(image.width, width);
  const columns = new Float64Array(image.width);
  const pixels = new Uint8Array(height * width);
  boxes(image.height, height).forEach((rows, y) => {
    addRows(image, rows, columns.fill(0));
    across.forEach(({ first, weights }, x) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * columns[first + k]!;
      pixels[y * width + x] = Math.floor((2 * sum + total) / (2 * total));
    });
  });
  return pixels;
}

/** The input pixels under one output pixel, from `first` on, and how much of each. */
interface Box {
  readonly first: number;
  readonly weights: readonly number[];
}

function boxes(input: number, output: number): readonly Box[] {
  return Array.from({ length: output }, (_, o) => {
    const [start, end] = [o * input, (o + 1) * input];
    const first = Math.floor(start / output);
    const weights = [];
    for (let i = first; i * output < end; i++)
      weights.push(Math.min(end, (i + 1) * output) - Math.max(start, i * output));
    return { first, weights };
  });
}

function addRows(image: GrayImage, { first, weights }: Box, columns: Float64Array): void {
  for (let k = 0; k < weights.length; k++) {
    const start = (first + k) * image.width;
    for (let x = 0; x < image.width; x++) columns[x]! += weights[k]! * image.pixels[start + x]!;
  }
}
