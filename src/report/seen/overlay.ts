/** Maps of a layer over the image that they were made of. */
import type { GrayImage } from "../../data/image.ts";
import type { ReceptiveField } from "../../nn/receptive-field.ts";
import type { Pair } from "../../shape.ts";
import { type Bitmap, over, paint } from "./bitmap.ts";
import type { Scale } from "./colours.ts";

/** One plane of a layer's output, [H, W]. */
export interface Plane {
  readonly size: Pair;
  readonly values: Float32Array;
}

/**
 * The value of a plane at a pixel of the image: linear between the elements, each of which lies at the centre of the
 * pixels that it depends on, and beyond the outermost elements that of the nearest.
 *
 * @param row, column may lie between pixels; 0 is the centre of the first.
 */
export function valueAt({ size, values }: Plane, { centre, stride }: ReceptiveField, row: number, column: number) {
  const [y, x] = [0, 1].map((axis) => {
    const place = ([row, column][axis]! - centre[axis]!) / stride[axis]!;
    return Math.min(Math.max(place, 0), size[axis]! - 1);
  }) as [number, number];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const at = (i: number, j: number) => values[Math.min(i, size[0] - 1) * size[1] + Math.min(j, size[1] - 1)]!;
  const across = (i: number) => at(i, left) + (x - left) * (at(i, left + 1) - at(i, left));
  return across(top) + (y - top) * (across(top + 1) - across(top));
}

/** The whole plane at the pixels of an image, [H, W]. */
export function spread(plane: Plane, field: ReceptiveField, [height, width]: Pair): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) =>
    valueAt(plane, field, Math.floor(i / width), i % width),
  );
}

/** Fewer pixels than this are magnified, so that a map is smooth over a small image. */
const leastSide = 120;

/** An image's own pixels as a plane. */
const itself: ReceptiveField = { size: [1, 1], stride: [1, 1], centre: [0, 0] };

/** An image with a plane over it, in a scale's colours. @param largest the value that the scale has as 1. */
export function overlay(
  { height, width, pixels }: GrayImage,
  plane: Plane,
  field: ReceptiveField,
  { scale, largest }: { readonly scale: Scale; readonly largest: number },
): Bitmap {
  const factor = Math.max(1, Math.ceil(leastSide / Math.max(height, width)));
  const image = { size: [height, width] as const, values: Float32Array.from(pixels) };
  return paint(height * factor, width * factor, (row, column) => {
    const at = [row, column].map((place) => (place + 0.5) / factor - 0.5) as [number, number];
    const value = valueAt(plane, field, ...at);
    return over(valueAt(image, itself, ...at), scale(largest > 0 ? value / largest : 0));
  });
}
