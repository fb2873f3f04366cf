/** From the bytes of an image file to its samples. */
import { DataError } from "../errors.ts";
import type { StoredImage } from "./image.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.node.ts";
import { decodeTiff } from "./tiff.ts";

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpegSignature = [0xff, 0xd8, 0xff];
/** "II" or "MM" for the byte order, then 42 in it. */
const tiffSignatures = [
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
];
const knownOthers: readonly (readonly [name: string, signature: readonly number[]])[] = [
  ["a GIF", [0x47, 0x49, 0x46, 0x38]],
  ["a BMP", [0x42, 0x4d]],
  ["a BigTIFF", [0x49, 0x49, 0x2b, 0x00]],
  ["a BigTIFF", [0x4d, 0x4d, 0x00, 0x2b]],
];

/**
 * One plane of an image file: gray by what OpenCV's `IMREAD_GRAYSCALE` does with a PNG, RGB weighted .299, .587, .114 and
 * alpha dropped; or one channel. The format is told by the first bytes, never by the name.
 *
 * @param name stands in messages.
 * @param channel counted from 1; null for gray.
 * @throws DataError if `bytes` is not a PNG, JPEG or TIFF that can be read whole, or has no such channel.
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  channel: number | null = null,
): Promise<StoredImage> {
  const startsWith = (signature: readonly number[]) => signature.every((byte, i) => bytes[i] === byte);
  if (startsWith(pngSignature)) return decodePng(bytes, name, channel);
  if (startsWith(jpegSignature)) return decodeJpeg(bytes, name, channel);
  if (tiffSignatures.some(startsWith)) return decodeTiff(bytes, name, channel);
  const other = knownOthers.find(([, signature]) => startsWith(signature));
  throw new DataError(
    `${name}: expected a PNG, JPEG or TIFF image, got ${other === undefined ? showStart(bytes) : other[0]}; ` +
      "convert it to PNG or remove it",
  );
}

function showStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${bytes.length} bytes that start with ${start}`;
}
