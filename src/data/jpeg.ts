/** JPEG files, through jpeg-js. */
import { decode } from "jpeg-js";
import { DataError } from "../errors.ts";
import { channelIndex, damagedImage, grayFromRgb, sampleOf, type StoredImage } from "./image.ts";
import { type JpegFrame, withoutApplicationData } from "./jpeg-segments.ts";

/** Beyond what a camera of a microscope makes; jpeg-js refuses what would take more. */
const limits = { maxResolutionInMP: 100, maxMemoryUsageInMB: 4096 };

/**
 * A JPEG: baseline or progressive, gray, YCbCr or RGB. Gray is the luma as it is stored, as in OpenCV; it may differ by a
 * gray level from libjpeg's, since the standard leaves the inverse transform's last bits open.
 *
 * @param channel of red, green and blue, from 1; null for gray.
 * @throws DataError if the file is truncated or damaged, or of another kind such as CMYK.
 */
export function decodeJpeg(bytes: Uint8Array, name: string, channel: number | null): StoredImage {
  const { frame, file } = withoutApplicationData(bytes, name);
  refuseOthers(frame, name);
  const { components, isYcc } = frame;
  const index = channel === null ? null : channelIndex(channel, components, name);
  const takesLuma = index === null && (isYcc || components === 1);
  try {
    // jpeg-js leaves the components as they are where it is told not to transform, and no Adobe segment tells otherwise.
    const options = { useTArray: true, tolerantDecoding: false, formatAsRGBA: false, ...limits } as const;
    const { data, height, width } = decode(file, { ...options, colorTransform: isYcc && !takesLuma });
    const samples = index === null && !takesLuma ? grayFromRgb(data, 3, 8) : sampleOf(data, 3, 8, index ?? 0);
    return { facts: { format: "JPEG", height, width, bits: 8, channels: components, pages: 1 }, samples };
  } catch (error) {
    throw damagedImage(name, "JPEG", error instanceof Error ? error.message : String(error), error);
  }
}

/** @throws DataError if the frame is not among those read here. */
function refuseOthers({ coding, bits, components }: JpegFrame, name: string): void {
  const refuse = (got: string) =>
    new DataError(
      `${name}: expected an 8-bit gray or colour JPEG, baseline or progressive, got ${got}; convert it, for example to PNG`,
    );
  if (coding !== "baseline or progressive") throw refuse(coding);
  if (bits !== 8) throw refuse(`${bits} bits a sample`);
  if (components === 4) throw refuse("CMYK");
  if (components !== 1 && components !== 3) throw refuse(`${components} components`);
}
