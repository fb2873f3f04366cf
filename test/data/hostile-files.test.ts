/** Files made to cost more than they look like: each is refused at once, with its one line. */
import { expect, test } from "vitest";
import { PNG } from "pngjs";
import { decodeImage } from "../../src/data/decode.node.ts";
import { channelLayout } from "../../src/data/tiff-channels.ts";
import { writeTiff } from "./tiff-writer.ts";

test("a TIFF whose page is followed by itself", async () => {
  const bytes = writeTiff({ width: 2, height: 2, samples: [1, 2, 3, 4] });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(4, true);
  view.setUint32(directory + 2 + 12 * view.getUint16(directory, true), directory, true);
  await expect(decodeImage(bytes, "a.tif", null)).rejects.toThrow(
    "a.tif: expected a PNG, JPEG or TIFF image, got a truncated or damaged TIFF (its pages form a circle)",
  );
});

test("a PNG that claims more pixels than anyone has memory for", async () => {
  const bytes = PNG.sync.write(new PNG({ width: 4, height: 4 }));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(16, 100_000);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(20, 100_000);
  await expect(decodeImage(bytes, "a.png", null)).rejects.toThrow(
    "a.png: expected an image of at most 100 million pixels, got 100000 x 100000; make it smaller",
  );
});

test("a TIFF that claims them", async () => {
  const bytes = writeTiff({ width: 2, height: 2, samples: [1, 2, 3, 4] });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(4, true);
  for (const entry of [0, 1]) view.setUint32(directory + 2 + 12 * entry + 8, 60_000, true);
  await expect(decodeImage(bytes, "a.tif", null)).rejects.toThrow("at most 100 million pixels, got 60000 x 60000");
});

test("an OME description of many openings and no end is read in one pass", () => {
  const description = `<?xml version="1.0"?><OME ${"<Pixels ".repeat(200_000)}`;
  expect(channelLayout({ description, pages: 1, samplesPerPixel: 1 }).channels).toBe(1);
});
