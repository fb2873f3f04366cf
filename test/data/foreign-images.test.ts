/** Files that other programs wrote: golden/make-images.py. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/data/decode.node.ts";
import { toGray } from "../../src/data/normalize.ts";
import { DataError } from "../../src/errors.ts";

const golden = JSON.parse(readFileSync(new URL("golden/images.json", import.meta.url), "utf8")) as {
  jpegs: Record<string, { file: string; shape: number[]; gray: string }>;
  cmyk: string;
  tiffs: Record<string, { file: string; shape: number[]; channels: string[] }>;
};
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const grayOf = async (file: string, channel: number | null = null) => {
  const { height, width, pixels } = toGray(await decodeImage(bytesOf(file), "a.img", channel), "none");
  return { shape: [height, width], pixels: [...pixels] };
};
const largestDifference = (a: readonly number[], b: ArrayLike<number>) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

describe("JPEG", () => {
  test.each(Object.entries(golden.jpegs))("%s is OpenCV's gray to one level", async (_, { file, shape, gray }) => {
    const image = await grayOf(file);
    expect(image.shape).toEqual(shape);
    expect(largestDifference(image.pixels, bytesOf(gray))).toBeLessThanOrEqual(1);
  });

  test("channels are red, green and blue, and weigh up to the gray", async () => {
    for (const kind of ["colour, 4:4:4", "RGB"]) {
      const { file, gray } = golden.jpegs[kind];
      const [r, g, b] = await Promise.all([1, 2, 3].map(async (channel) => (await grayOf(file, channel)).pixels));
      const sums = r.map((red, i) => 0.299 * red + 0.587 * g[i] + 0.114 * b[i]);
      expect(largestDifference(sums, bytesOf(gray))).toBeLessThanOrEqual(3);
      expect(largestDifference(r, b)).toBeGreaterThan(50);
    }
  });

  test("its facts", async () => {
    const { facts } = await decodeImage(bytesOf(golden.jpegs["RGB"].file), "a.jpg");
    expect(facts).toEqual({ format: "JPEG", height: 19, width: 37, bits: 8, channels: 3, pages: 1 });
  });

  /** The file with one byte of its first segment of this marker changed. */
  const changed = (marker: number, at: number, value: number) => {
    const bytes = bytesOf(golden.jpegs["gray"].file);
    const start = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker);
    bytes[start + at] = value;
    return bytes;
  };
  test.each([
    ["CMYK", bytesOf(golden.cmyk), "CMYK"],
    ["12 bits", changed(0xc0, 4, 12), "12 bits a sample"],
    ["two components", changed(0xc0, 9, 2), "2 components"],
    ["lossless", changed(0xc0, 1, 0xc3), "lossless or hierarchical coding"],
    ["arithmetic coding", changed(0xc0, 1, 0xc9), "arithmetic coding"],
  ])("%s: refused by name", async (_, bytes, got) => {
    await expect(decodeImage(bytes, "c.jpg")).rejects.toThrow(
      new DataError(
        `c.jpg: expected an 8-bit gray or colour JPEG, baseline or progressive, got ${got}; convert it, for example to PNG`,
      ),
    );
  });

  test.each(Object.entries(golden.jpegs))("%s, cut anywhere, names the file and what to do", async (_, { file }) => {
    const bytes = bytesOf(file);
    for (const share of [0.01, 0.1, 0.4, 0.6, 0.8, 0.95, 0.999]) {
      await expect(decodeImage(bytes.subarray(0, Math.floor(share * bytes.length)), "d.jpg")).rejects.toThrow(
        /^d\.jpg: expected a PNG, JPEG or TIFF image, got /,
      );
    }
  });
});

describe("TIFF", () => {
  test.each(Object.entries(golden.tiffs))("%s", async (_, { file, shape, channels }) => {
    for (const [i, plane] of channels.entries()) {
      expect(await grayOf(file, i + 1)).toEqual({ shape, pixels: [...bytesOf(plane)] });
    }
    const { facts } = await decodeImage(bytesOf(file), "a.tif");
    expect(facts.channels).toBe(channels.length);
    await expect(decodeImage(bytesOf(file), "a.tif", 4)).rejects.toThrow(
      `a.tif: expected an image with a channel 4, got one with ${channels.length === 1 ? "a single channel" : "3 channels"}; choose another channel (--channel) or leave the choice away`,
    );
  });

  test("without a choice the first page of several is read", async () => {
    const { file, channels } = golden.tiffs["OME, channels in pages"];
    expect((await grayOf(file)).pixels).toEqual([...bytesOf(channels[0])]);
    expect((await decodeImage(bytesOf(file), "a.tif")).facts).toMatchObject({ pages: 3, bits: 16 });
  });

  test("a channel that is declared and in none of the pages is refused", async () => {
    const text = Buffer.from(golden.tiffs["OME, channels in pages"].file, "base64").toString("latin1");
    const bytes = Buffer.from(text.replace('SizeC="3"', 'SizeC="4"'), "latin1");
    expect((await decodeImage(bytes, "a.tif", 3)).facts.channels).toBe(4);
    await expect(decodeImage(bytes, "a.tif", 4)).rejects.toThrow(
      new DataError(
        "a.tif: expected its channel 4 in one of its pages, got 3 pages without it; " +
          "choose another channel (--channel), or write the channels of an image to one file",
      ),
    );
  });
});
