/** Resizing of 8-bit gray images. */
import { ShapeError } from "../errors.ts";
import { type Pair, sameShape, showShape } from "../shape.ts";
import type { GrayImage } from "./image.ts";
import { resizeArea } from "./resize-area.ts";
import { resizeLinear } from "./resize-linear.ts";

/**
 * How to resize: "area" averages all pixels that an output pixel covers; "cv2-linear" is OpenCV's default, which
 * interpolates between two by two pixels and so ignores 12 of 16 when it makes an image four times smaller.
 */
export type ResizeMethod = "area" | "cv2-linear";

/**
 * The image at another size, [H, W]; the aspect ratio may change. As in OpenCV, "area" is defined for shrinking only: if
 * either axis grows, the image is interpolated as by "cv2-linear" (OpenCV's own fallback is linear too, but with other
 * pixel centres).
 *
 * @throws ShapeError if a side of `size` is not a positive integer.
 */
export function resize(image: GrayImage, size: Pair, method: ResizeMethod): GrayImage {
  checkSize(size);
  const [height, width] = size;
  if (sameShape([image.height, image.width], size)) return image;
  const grows = height > image.height || width > image.width;
  const pixels = method === "area" && !grows ? resizeArea(image, size) : resizeLinear(image, size);
  return { height, width, pixels };
}

/** @throws ShapeError if a side of `size` is not a positive integer. */
export function checkSize(size: Pair): void {
  if (size.every((side) => Number.isInteger(side) && side > 0)) return;
  throw new ShapeError(`resize: expected a size of two positive integers, got ${showShape(size)}`);
}
