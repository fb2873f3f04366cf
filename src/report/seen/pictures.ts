/** Images of a data set with what is written under them. */
import type { AugmentDraw } from "../../data/augment/draw.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { GrayImage } from "../../data/image.ts";
import { sizeOf } from "../../shape.ts";

export interface Picture {
  readonly image: GrayImage;
  /** Lines under it. */
  readonly caption: readonly string[];
}

type Images = Pick<Dataset, "names" | "size" | "pixels" | "labels" | "outputs">;

/** An image as it is, with its name and labels. */
export function pictureOf({ names, size, pixels, labels, outputs }: Images, index: number): Picture {
  const [height, width] = size;
  const length = sizeOf(size);
  const at = (k: number) => labels[index * outputs.length + k]?.toFixed(3) ?? "";
  return {
    image: { height, width, pixels: pixels.subarray(index * length, (index + 1) * length) },
    caption: [names[index] ?? "", ...outputs.map((name, k) => `${name} ${at(k)}`)],
  };
}

/** One of a batch of images [N, H, W] in [0, 1]; what is beyond is shown black or white. */
export function grayAt(values: Float32Array, place: number, { size }: Pick<Images, "size">): GrayImage {
  const [height, width] = size;
  const length = sizeOf(size);
  return { height, width, pixels: Uint8Array.from(values.subarray(place * length, (place + 1) * length), byteOf) };
}

const byteOf = (value: number): number => Math.round(255 * Math.min(Math.max(value, 0), 1));

/** What was drawn for an image, a line each. */
export function drawnLines(drawn: AugmentDraw): string[] {
  const flips = [...(drawn.flipHorizontal ? ["left-right"] : []), ...(drawn.flipVertical ? ["up-down"] : [])];
  return [
    `rotation ${drawn.rotation.toFixed(1)} deg`,
    `flip ${flips.length === 2 ? "both" : (flips[0] ?? "none")}`,
    `scale ${drawn.scaleX.toFixed(3)} x ${drawn.scaleY.toFixed(3)}`,
    `shift ${drawn.shiftX.toFixed(1)}, ${drawn.shiftY.toFixed(1)} px`,
    `contrast ${drawn.contrast.toFixed(3)}`,
    `multiply ${drawn.multiply.toFixed(3)}`,
    `blur ${drawn.blur.toFixed(3)} px`,
  ];
}
