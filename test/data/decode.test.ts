import { deflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.node.ts";
import { toGray } from "../../src/data/normalize.ts";
import { DataError } from "../../src/errors.ts";
import { type TiffImage, writeTiff } from "./tiff-writer.ts";

const width = 5;
const height = 3;
/** Numbers without pattern in [0, bound). */
const noise = (count: number, bound: number, seed = 1): number[] =>
  Array.from({ length: count }, (_, i) =>
    Math.floor(Math.abs(Math.sin(12.9898 * (i + 1) * seed) * 43758.5453) % bound),
  );

/** libpng's gray of one pixel; the weights are in `image.ts` and were checked against OpenCV 4.14. */
const luma8 = (r: number, g: number, b: number) => Math.floor((9797 * r + 19234 * g + 3737 * b) / 32768);
const luma16 = (r: number, g: number, b: number) =>
  Math.floor(Math.floor((9797 * r + 19234 * g + 3737 * b + 16384) / 32768) / 256);
const pixelsOf = (samples: readonly number[], stride: number, gray: (...pixel: number[]) => number): number[] =>
  Array.from({ length: samples.length / stride }, (_, i) => gray(...samples.slice(i * stride, (i + 1) * stride)));

/** A PNG of RGBA samples, which pngjs writes with the given colour type and depth. */
function png(rgba: readonly number[], options: { colorType: 0 | 2 | 4 | 6; bitDepth?: 8 | 16 }): Buffer {
  const hasAlpha = options.colorType === 4 || options.colorType === 6;
  // Given alpha and none to write, pngjs would blend the colours with white.
  const input = hasAlpha ? rgba : rgba.filter((_, i) => i % 4 < 3);
  const samples = options.bitDepth === 16 ? Uint16Array.from(input) : Uint8Array.from(input);
  const image = new PNG({ width, height });
  image.data = Buffer.from(samples.buffer);
  return PNG.sync.write(image, { ...options, inputColorType: hasAlpha ? 6 : 2, inputHasAlpha: hasAlpha });
}

/** A PNG put together from chunks, for what pngjs does not write. */
function pngOf(
  bitDepth: number,
  colorType: number,
  rows: readonly (readonly number[])[],
  chunks: [string, number[]][] = [],
) {
  const header = [0, 0, 0, width, 0, 0, 0, rows.length, bitDepth, colorType, 0, 0, 0];
  const data = deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])));
  const all: [string, Iterable<number>][] = [["IHDR", header], ...chunks, ["IDAT", data], ["IEND", []]];
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...all.map(([t, d]) => chunk(t, [...d])),
  ]);
}

function chunk(type: string, data: number[]): Buffer {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(data)]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

async function expectPixels(bytes: Uint8Array, expected: readonly number[]) {
  const image = toGray(await decodeImage(bytes, "a.img"), "none");
  expect([image.height, image.width]).toEqual([height, width]);
  expect([...image.pixels]).toEqual(expected);
}

describe("PNG", () => {
  const gray = noise(width * height, 256);
  const gray16 = noise(width * height, 65536);
  const rgba = noise(width * height * 4, 256);
  const rgba16 = noise(width * height * 4, 65536);
  const grayRgba = (samples: readonly number[]) => samples.flatMap((v, i) => [v, v, v, (37 * i) % 256]);

  test("8-bit gray passes unchanged", () => expectPixels(png(grayRgba(gray), { colorType: 0 }), gray));
  test("8-bit gray with alpha drops the alpha", () => expectPixels(png(grayRgba(gray), { colorType: 4 }), gray));
  test("8-bit RGB and RGBA become libpng's gray", async () => {
    await expectPixels(png(rgba, { colorType: 2 }), pixelsOf(rgba, 4, luma8));
    await expectPixels(png(rgba, { colorType: 6 }), pixelsOf(rgba, 4, luma8));
  });
  test("16-bit gray is cut to its upper byte, not rounded", () =>
    expectPixels(
      png(grayRgba(gray16), { colorType: 0, bitDepth: 16 }),
      gray16.map((v) => v >> 8),
    ));
  test("16-bit RGBA is weighted in 16 bits, then cut", () =>
    expectPixels(png(rgba16, { colorType: 6, bitDepth: 16 }), pixelsOf(rgba16, 4, luma16)));
  test("16-bit RGB is rounded before it is cut", () => {
    const pixel = [255, 255, 260, 0]; // OpenCV 4.14 reads 1; cut only, it would be 0
    const rgba = Array.from({ length: width * height }, () => pixel).flat();
    return expectPixels(png(rgba, { colorType: 2, bitDepth: 16 }), Array<number>(width * height).fill(1));
  });
  test("white and black stay so in every kind", async () => {
    const ends = grayRgba([...Array<number>(14).fill(65535), 0]);
    await expectPixels(png(ends, { colorType: 6, bitDepth: 16 }), [...Array<number>(14).fill(255), 0]);
  });
  test("4-bit gray is scaled to 8 bits", () =>
    expectPixels(
      pngOf(4, 0, [
        [0x01, 0x23, 0x40],
        [0x56, 0x78, 0x90],
        [0xab, 0xcd, 0xe0],
      ]),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((v) => 17 * v),
    ));
  test("a palette becomes gray", () => {
    const palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
    const row = [0, 1, 2, 1, 0];
    const grays = [luma8(255, 0, 0), luma8(0, 255, 0), luma8(0, 0, 255)];
    return expectPixels(
      pngOf(8, 3, [row, row, row], [["PLTE", palette]]),
      [row, row, row].flat().map((i) => grays[i]),
    );
  });
  test("a transparent colour keeps its value, and a declared gamma is not applied", () => {
    const row = [7, 8, 9, 10, 11];
    const chunks: [string, number[]][] = [
      ["gAMA", [0, 0, 0xb1, 0x8f]],
      ["tRNS", [0, 9]],
    ];
    return expectPixels(pngOf(8, 0, [row, row, row], chunks), [row, row, row].flat());
  });
  test("bytes after the end do not matter", () =>
    expectPixels(Buffer.concat([png(grayRgba(gray), { colorType: 0 }), Buffer.from("trailing")]), gray));

  const whole = png(grayRgba(gray), { colorType: 0 });
  test.each([
    ["cut after the signature", whole.subarray(0, 8), "it ends at byte 8, before its IEND chunk"],
    ["cut in a chunk", whole.subarray(0, 50), /it ends at byte 50, inside a chunk IDAT up to byte \d+/],
    ["without its end", whole.subarray(0, whole.length - 12), /before its IEND chunk/],
    ["with a flipped byte", whole.map((byte, i) => (i === 45 ? byte ^ 1 : byte)), /\(.+\)/],
    ["of fewer rows than its header says", shortOfRows(), /its 3 rows take 18 bytes, the data has 12/],
  ])("a PNG %s names the file and what to do", async (_, bytes, reason) => {
    const message = await decodeImage(bytes, "b/img.png").then(
      () => "decoded",
      (error: unknown) => (error instanceof DataError ? error.message : `not a DataError: ${String(error)}`),
    );
    expect(message).toMatch(
      /^b\/img\.png: expected a PNG, JPEG or TIFF image, got a truncated or damaged PNG \(.*\); copy or write the file again$/,
    );
    expect(message).toMatch(reason);
  });

  function shortOfRows(): Buffer {
    const row = [1, 2, 3, 4, 5];
    const file = pngOf(8, 0, [row, row, row]);
    const short = pngOf(8, 0, [row, row]);
    return Buffer.concat([file.subarray(0, 33), short.subarray(33)]);
  }
});

describe("TIFF", () => {
  const gray = noise(width * height, 256);
  const gray16 = noise(width * height, 65536);
  const rgb = noise(width * height * 3, 256);
  const flat = [...Array<number>(12).fill(9), 1, 2, 3]; // a run for PackBits, longer than a row
  const upper = gray16.map((v) => v >> 8);
  const base = { width, height };

  test.each<[string, Partial<TiffImage>, readonly number[]]>([
    ["uncompressed 8-bit", { samples: gray }, gray],
    ["in strips of two rows, the last short", { samples: gray, rowsPerStrip: 2 }, gray],
    ["PackBits", { samples: flat, compression: 32773, rowsPerStrip: 2 }, flat],
    ["LZW", { samples: gray, compression: 5 }, gray],
    ["LZW of differences", { samples: gray, compression: 5, predictor: 2 }, gray],
    ["Deflate", { samples: gray, compression: 8, rowsPerStrip: 1 }, gray],
    ["Deflate by its old number", { samples: gray, compression: 32946 }, gray],
    ["Deflate of 16-bit differences", { samples: gray16, bits: 16, compression: 8, predictor: 2 }, upper],
    ["16-bit, cut to its upper byte", { samples: gray16, bits: 16 }, upper],
    ["16-bit big-endian", { samples: gray16, bits: 16, bigEndian: true, rowsPerStrip: 2 }, upper],
    ["big-endian with its tables far away", { samples: gray, bigEndian: true, rowsPerStrip: 1, gap: 2000 }, gray],
    ["little-endian with its tables far away", { samples: gray, rowsPerStrip: 1, gap: 2000 }, gray],
    ["white is zero", { samples: gray, photometric: 0 }, gray.map((v) => 255 - v)],
    ["RGB", { samples: rgb, samplesPerPixel: 3, photometric: 2 }, pixelsOf(rgb, 3, luma8)],
    ["gray with alpha", { samples: gray.flatMap((v) => [v, 99]), samplesPerPixel: 2 }, gray],
  ])("%s", (_, image, expected) => expectPixels(writeTiff({ ...base, samples: [], ...image }), expected));

  test.each<[string, Partial<TiffImage>, string]>([
    ["4 bits", { bits: 4 }, "4 bits a sample"],
    ["floating point", { bits: 16, sampleFormat: 3 }, "signed or floating-point samples"],
    ["JPEG", { compression: 7 }, "compression JPEG"],
    ["a palette", { photometric: 3 }, "photometric interpretation 3"],
    [
      "big-endian 16-bit differences",
      { bits: 16, bigEndian: true, compression: 8, predictor: 2 },
      "predictor 2 with 16-bit big-endian samples",
    ],
  ])("%s: refused by name", async (_, image, got) => {
    const bytes = writeTiff({ ...base, samples: gray, ...image });
    await expect(decodeImage(bytes, "c.tif")).rejects.toThrow(
      new DataError(
        "c.tif: expected an 8- or 16-bit gray or RGB TIFF, uncompressed or with PackBits, LZW or Deflate, " +
          `got ${got}; convert it, for example to PNG`,
      ),
    );
  });

  // The writer puts pixels first and the directory last; a reader also meets files the other way round.
  const packed = { ...base, samples: gray, compression: 32773 };
  const setTag = (bytes: Uint8Array, tag: number, value: number): Uint8Array => {
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    for (let i = 0; i < view.getUint16(directory, true); i++) {
      const at = directory + 2 + 12 * i;
      if (view.getUint16(at, true) === tag) view.setUint32(at + 8, value, true);
    }
    return bytes;
  };
  test.each<[string, Uint8Array, RegExp]>([
    ["cut before its directory", writeTiff(packed).subarray(0, 20), /\(.+\)/],
    ["cut in its directory", writeTiff(packed).subarray(0, 60), /\(.+\)/],
    ["of a header only", writeTiff(packed).subarray(0, 4), /\(.+\)/],
    [
      "whose strip reaches past the end",
      setTag(writeTiff(packed), 273, 150),
      /strip 0 ends at byte 180, the file at byte \d+/,
    ],
    ["whose strip is empty", setTag(writeTiff(packed), 279, 0), /strip 0 is empty/],
    ["whose strips are not all listed", setTag(writeTiff(packed), 278, 1), /1 of its 3 strips are listed/],
    ["whose PackBits strip is short", setTag(writeTiff(packed), 279, 8), /\(.+\)/],
    ["whose raw strip is short", setTag(writeTiff({ ...base, samples: gray }), 279, 8), /\(.+\)/],
    ["whose Deflate strip is short", setTag(writeTiff({ ...packed, compression: 8 }), 279, 8), /\(.+\)/],
  ])("a TIFF %s names the file and what to do", async (_, bytes, reason) => {
    const message = await decodeImage(bytes, "d/cell.tif").then(
      () => "decoded",
      (error: unknown) => (error instanceof DataError ? error.message : `not a DataError: ${String(error)}`),
    );
    expect(message).toMatch(
      /^d\/cell\.tif: expected a PNG, JPEG or TIFF image, got a truncated or damaged TIFF \(.*\); copy or write the file again$/,
    );
    expect(message).toMatch(reason);
  });
});

test.each([
  ["an empty file", [], "an empty file"],
  ["text", [...Buffer.from("hello")], "5 bytes that start with 68 65 6c 6c"],
  ["a GIF", [0x47, 0x49, 0x46, 0x38], "a GIF"],
  ["a BigTIFF", [0x49, 0x49, 0x2b, 0x00, 8, 0], "a BigTIFF"],
])("%s is refused", async (_, bytes, got) => {
  await expect(decodeImage(Uint8Array.from(bytes), "e.png")).rejects.toThrow(
    new DataError(`e.png: expected a PNG, JPEG or TIFF image, got ${got}; convert it to PNG or remove it`),
  );
});

test("a view into a larger buffer is read from where it starts", async () => {
  const bytes = writeTiff({ width: 1, height: 2, samples: [3, 4] });
  const padded = new Uint8Array(bytes.length + 20);
  padded.set(bytes, 10);
  const image = await decodeImage(padded.subarray(10, 10 + bytes.length), "f.tif");
  expect([...image.samples]).toEqual([3, 4]);
});
