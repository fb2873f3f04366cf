/** TIFF files, through geotiff. */
import { fromArrayBuffer, type GeoTIFFImage } from "geotiff";
import { DataError } from "../errors.ts";
import {
  channelIndex,
  damagedImage,
  grayFromRgb,
  requirePixels,
  type Samples,
  sampleOf,
  type StoredImage,
} from "./image.ts";
import { checkBlocks } from "./tiff-blocks.ts";
import { channelLayout } from "./tiff-channels.ts";
import { countPages } from "./tiff-pages.ts";

/** Values of the tags Compression and PhotometricInterpretation (TIFF 6.0; Deflate by Adobe's technical note). */
const supportedCompressions = [1, 5, 8, 32946, 32773];
const compressionNames: Readonly<Record<number, string>> = { 6: "JPEG", 7: "JPEG", 50000: "Zstandard", 50001: "WebP" };
const whiteIsZero = 0;
const blackIsZero = 1;
const rgb = 2;

/**
 * A page of a TIFF: 8 or 16 bits a sample, gray or RGB, in strips or tiles, uncompressed, PackBits, LZW or Deflate.
 *
 * @param channel which of the file's channels, from 1, in samples or pages as `channelLayout` says; null for the gray of
 *   the first page, whose further samples, such as alpha, are dropped.
 * @throws DataError if the file is truncated or damaged, holds another kind of TIFF, or has no such channel.
 */
export async function decodeTiff(bytes: Uint8Array, name: string, channel: number | null): Promise<StoredImage> {
  try {
    const pages = countPages(bytes, name);
    const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer);
    const first = await tiff.getImage(0);
    const description = String((await first.getFileDirectory().loadValue("ImageDescription")) ?? "");
    const { channels, pageOf } = channelLayout({ description, pages, samplesPerPixel: first.getSamplesPerPixel() });
    const index = channel === null ? null : channelIndex(channel, channels, name);
    const page = index !== null && pageOf ? pageOf(index) : 0;
    if (page === undefined || page >= pages) throw elsewhere(name, channel, pages);
    const image = page === 0 ? first : await tiff.getImage(page);
    requirePixels(name, image.getHeight(), image.getWidth());
    const { bits, photometric } = await readFormat(image, name);
    await checkBlocks(image, bytes.length, name);
    const sample = index === null && photometric === rgb ? "gray" : pageOf || index === null ? 0 : index;
    const samples = await readSamples(image, bits, sample);
    if (photometric === whiteIsZero) invert(samples, bits);
    const [height, width] = [image.getHeight(), image.getWidth()];
    return { facts: { format: "TIFF", height, width, bits, channels, pages }, samples };
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damagedImage(name, "TIFF", error instanceof Error ? error.message : String(error), error);
  }
}

const elsewhere = (name: string, channel: number | null, pages: number): DataError =>
  new DataError(
    `${name}: expected its channel ${channel} in one of its pages, got ${pages === 1 ? "one page" : `${pages} pages`} without it; ` +
      "choose another channel (--channel), or write the channels of an image to one file",
  );

/** One sample of each pixel, or the gray of three. */
async function readSamples(image: GeoTIFFImage, bits: 8 | 16, sample: number | "gray"): Promise<Samples> {
  const rasters = await image.readRasters({ samples: sample === "gray" ? [0, 1, 2] : [sample], interleave: true });
  return sample === "gray" ? grayFromRgb(rasters, 3, bits) : sampleOf(rasters, 1, bits, 0);
}

interface Format {
  readonly bits: 8 | 16;
  readonly photometric: number;
}

/** @throws DataError if the samples or their coding are not among those read here. */
async function readFormat(image: GeoTIFFImage, name: string): Promise<Format> {
  const directory = image.getFileDirectory();
  const refuse = (got: string) =>
    new DataError(
      `${name}: expected an 8- or 16-bit gray or RGB TIFF, uncompressed or with PackBits, LZW or Deflate, got ${got}; ` +
        "convert it, for example to PNG",
    );

  const bitsPerSample = [...new Set(directory.getValue("BitsPerSample") ?? [1])];
  const [bits] = bitsPerSample;
  if ((bits !== 8 && bits !== 16) || bitsPerSample.length > 1)
    throw refuse(`${bitsPerSample.join(" and ")} bits a sample`);
  if ([...(directory.getValue("SampleFormat") ?? [])].some((format) => format !== 1)) {
    throw refuse("signed or floating-point samples");
  }
  const compression = directory.getValue("Compression") ?? 1;
  if (!supportedCompressions.includes(compression)) {
    throw refuse(`compression ${compressionNames[compression] ?? compression}`);
  }
  const photometric = directory.getValue("PhotometricInterpretation") ?? blackIsZero;
  if (![whiteIsZero, blackIsZero, rgb].includes(photometric)) throw refuse(`photometric interpretation ${photometric}`);
  const predictor = (await directory.loadValue("Predictor")) ?? 1;
  // geotiff 3.0.5 adds up 16-bit differences in the machine's byte order, not in the file's.
  if (predictor > 2 || (predictor === 2 && bits === 16 && !image.littleEndian)) {
    throw refuse(`predictor ${predictor} with ${bits}-bit ${image.littleEndian ? "little" : "big"}-endian samples`);
  }
  return { bits, photometric };
}

function invert(samples: Samples, bits: 8 | 16): void {
  const white = 2 ** bits - 1;
  for (let i = 0; i < samples.length; i++) samples[i] = white - samples[i]!;
}
