/** TIFF files, through geotiff. */
import { fromArrayBuffer, type GeoTIFFImage } from "geotiff";
import { DataError } from "../errors.ts";
import { damagedImage, type GrayImage, grayFromFirst, grayFromRgb } from "./image.ts";
import { checkBlocks } from "./tiff-blocks.ts";

/** Values of the tags Compression and PhotometricInterpretation (TIFF 6.0; Deflate by Adobe's technical note). */
const supportedCompressions = [1, 5, 8, 32946, 32773];
const compressionNames: Readonly<Record<number, string>> = { 6: "JPEG", 7: "JPEG", 50000: "Zstandard", 50001: "WebP" };
const whiteIsZero = 0;
const blackIsZero = 1;
const rgb = 2;

/**
 * The first page of a TIFF as 8-bit gray: 8 or 16 bits a sample, gray or RGB, in strips or tiles, uncompressed, PackBits,
 * LZW or Deflate; further samples, such as alpha, are dropped.
 *
 * @throws DataError if the file is truncated or damaged, or holds another kind of TIFF.
 */
export async function decodeTiff(bytes: Uint8Array, name: string): Promise<GrayImage> {
  try {
    const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer);
    const image = await tiff.getImage(0);
    const { bits, photometric } = await readFormat(image, name);
    await checkBlocks(image, bytes.length, name);
    const isColour = photometric === rgb;
    const samples = await image.readRasters({ samples: isColour ? [0, 1, 2] : [0], interleave: true });
    const pixels = isColour ? grayFromRgb(samples, 3, bits) : grayFromFirst(samples, 1, bits);
    if (photometric === whiteIsZero) invert(pixels);
    return { height: image.getHeight(), width: image.getWidth(), pixels };
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damagedImage(name, "TIFF", error instanceof Error ? error.message : String(error), error);
  }
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

function invert(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i]!;
}
