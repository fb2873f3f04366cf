/** PNG files, through pngjs. */
import { inflateSync } from "node:zlib";
import { PNG, type PNGWithMetadata } from "pngjs";
import { DataError } from "../errors.ts";
import { channelIndex, damagedImage, grayFromRgb, requirePixels, sampleOf, type StoredImage } from "./image.ts";

const signatureLength = 8;
/** Length and type before a chunk's data, and the CRC after it. */
const beforeData = 8;
const afterData = 4;
/** Where IHDR, always the first chunk, keeps the size, the bits per sample and whether rows are interlaced. */
const widthOffset = 16;
const heightOffset = 20;
const bitDepthOffset = 24;
const interlaceOffset = 28;
/** Set in the first letter of a chunk that a reader may skip. */
const ancillaryBit = 0x20;

/**
 * A PNG of any bit depth and colour type, alpha and declared gamma dropped; fewer than 8 bits are scaled to 8.
 *
 * @param channel of red, green and blue, from 1; null for gray.
 * @throws DataError if the file is truncated or damaged, or has no such channel.
 */
export function decodePng(bytes: Uint8Array, name: string, channel: number | null): StoredImage {
  const chunks = criticalChunks(bytes, name);
  const stored = bytes[bitDepthOffset] ?? 8;
  const bits = stored === 16 ? 16 : 8;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requirePixels(name, header.getUint32(heightOffset), header.getUint32(widthOffset));
  try {
    const file = Buffer.concat([bytes.subarray(0, signatureLength), ...chunks.map((chunk) => chunk.bytes)]);
    // pngjs gives RGBA whatever the file holds. Left to rescale, it would round 16 bits to 8 where OpenCV cuts.
    const png = PNG.sync.read(file, { skipRescale: bits === 16 });
    checkImageData(png, chunks, bytes[interlaceOffset] === 1);
    const { height, width, color, data } = png;
    const channels = color ? 3 : 1;
    const index = channel === null ? null : channelIndex(channel, channels, name);
    const samples = index === null && color ? grayFromRgb(data, 4, bits) : sampleOf(data, 4, bits, index ?? 0);
    return { facts: { format: "PNG", height, width, bits: stored, channels, pages: 1 }, samples };
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damagedImage(name, "PNG", error instanceof Error ? error.message : String(error), error);
  }
}

interface Chunk {
  readonly type: string;
  /** From its length to its CRC. */
  readonly bytes: Uint8Array;
}

/**
 * The chunks that a reader must not skip, up to the end of the image. pngjs is not shown the others: it blackens the
 * pixels of a transparent colour (tRNS), where dropping alpha must keep them.
 */
function criticalChunks(bytes: Uint8Array, name: string): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let start = signatureLength; ;) {
    const ending = `it ends at byte ${bytes.length}`;
    if (start + beforeData > bytes.length) throw damagedImage(name, "PNG", `${ending}, before its IEND chunk`);
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + beforeData));
    const end = start + beforeData + view.getUint32(start) + afterData;
    if (end > bytes.length) throw damagedImage(name, "PNG", `${ending}, inside a chunk ${type} up to byte ${end}`);
    if ((type.charCodeAt(0) & ancillaryBit) === 0) chunks.push({ type, bytes: bytes.subarray(start, end) });
    if (type === "IEND") return chunks;
    start = end;
  }
}

/**
 * Checks that the compressed data is whole: where it is short, pngjs 7.0.0 fills an image that is not interlaced with
 * whatever the memory holds. (Its sync-inflate.js takes the two numbers of zlib's write state for each other.)
 */
function checkImageData(png: PNGWithMetadata, chunks: readonly Chunk[], isInterlaced: boolean): void {
  if (isInterlaced) return;
  const data = chunks.filter(({ type }) => type === "IDAT").map(({ bytes }) => bytes.subarray(beforeData, -afterData));
  const inflated = inflateSync(Buffer.concat(data)).length;
  const perRow = 1 + Math.ceil((png.width * png.bpp * png.depth) / 8); // 1: the row's filter
  if (inflated < perRow * png.height) {
    throw new Error(`its ${png.height} rows take ${perRow * png.height} bytes, the data has ${inflated}`);
  }
}
