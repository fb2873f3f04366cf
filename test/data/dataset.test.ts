import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadDataset, readingPlan } from "../../src/data/dataset.node.ts";
import { decodeImage } from "../../src/data/decode.node.ts";
import { loadImages } from "../../src/data/load-images.node.ts";
import { writeNpy } from "../../src/data/npy.ts";
import { DataError, ShapeError } from "../../src/errors.ts";
import type { Pair } from "../../src/shape.ts";
import { writeTiff } from "./tiff-writer.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cellgrad-data-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A TIFF of one value (a reader goes by the bytes, so it may bear any name). */
const plain = (value: number, height = 4, width = 6) =>
  writeTiff({ height, width, samples: Array<number>(height * width).fill(value) });

async function fill(files: Readonly<Record<string, string | Uint8Array>>) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

const size = 2;

describe("loadDataset", () => {
  test("reads images and labels in the order of labels.csv", async () => {
    await fill({
      "a.png": plain(10),
      "b.tif": plain(20),
      "c.TIFF": plain(30),
      "labels.csv": "image,x,y\nc.TIFF,5,6\na.png,1,2\nb.tif,3,4\n",
      "._a.png": "left by macOS",
      "notes.txt": "not an image",
    });
    await mkdir(join(folder, "masks.png"));
    const progress: [number, number, string][] = [];
    const dataset = await loadDataset(folder, { size: [2, 3], onProgress: (...state) => progress.push(state) });
    expect(dataset).toEqual({
      source: folder,
      names: ["c.TIFF", "a.png", "b.tif"],
      size: [2, 3],
      pixels: Uint8Array.from([30, 10, 20].flatMap((v) => Array<number>(6).fill(v))),
      labels: Float32Array.of(5, 6, 1, 2, 3, 4),
      outputs: ["x", "y"],
      facts: Array(3).fill({ format: "TIFF", height: 4, width: 6, bits: 8, channels: 1, pages: 1 }),
      resized: [4, 6],
    });
    expect(progress).toEqual([
      [1, 3, "reading"],
      [2, 3, "reading"],
      [3, 3, "reading"],
    ]);
  });

  test("selects label columns", async () => {
    await fill({ "a.png": plain(1), "labels.csv": "image,x,y\na.png,1,2\n" });
    const { outputs, labels } = await loadDataset(folder, { size, labelColumns: ["y"] });
    expect([outputs, labels]).toEqual([["y"], Float32Array.of(2)]);
  });

  test("resizes by area unless told otherwise", async () => {
    const samples = Array.from({ length: 64 }, (_, i) => (i * i * 7) % 256);
    await fill({ "a.png": writeTiff({ height: 8, width: 8, samples }), "labels.csv": "image,x\na.png,1\n" });
    const area = await loadDataset(folder, { size });
    const linear = await loadDataset(folder, { size, resize: "cv2-linear" });
    const mean = (ys: number, xs: number) => {
      let sum = 0;
      for (let i = 0; i < 16; i++) sum += samples[(ys + (i >> 2)) * 8 + xs + (i % 4)];
      return Math.floor(sum / 16 + 0.5);
    };
    expect([...area.pixels]).toEqual([mean(0, 0), mean(0, 4), mean(4, 0), mean(4, 4)]);
    expect(linear.pixels).not.toEqual(area.pixels);
  });

  test.each([
    ["of the size asked for", plain(1, 2, 2), plain(2, 2, 2), null],
    ["of one other size", plain(1, 3, 5), plain(2, 3, 5), [3, 5]],
    ["of several sizes", plain(1, 3, 5), plain(2, 4, 6), null],
  ])("says what images %s were resized from", async (_, a, b, resized) => {
    await fill({ "a.png": a, "b.png": b, "labels.csv": "image,x\na.png,1\nb.png,2\n" });
    expect((await loadDataset(folder, { size })).resized).toEqual(resized);
  });

  test("joins the thesis's layout by id", async () => {
    await fill({
      "img0002.png": plain(2),
      "img0010.png": plain(10),
      "priors_10.npy": writeNpy([1, 2], Float64Array.of(0.25, 0.75)),
      "priors_2.npy": writeNpy([2], Float32Array.of(1, 0)),
    });
    const dataset = await loadDataset(folder, { size: 1 });
    expect(dataset.names).toEqual(["img0002.png", "img0010.png"]);
    expect([...dataset.pixels]).toEqual([2, 10]);
    expect([...dataset.labels]).toEqual([1, 0, 0.25, 0.75]);
    expect(dataset.outputs).toEqual(["value1", "value2"]);
  });

  test("labels.csv wins over label files", async () => {
    await fill({
      "img0000.png": plain(1),
      "priors_0000.npy": writeNpy([1], Float32Array.of(9)),
      "counts_0000.npy": writeNpy([1], Float32Array.of(8)),
      "labels.csv": "image,x\nimg0000.png,5\n",
    });
    expect([...(await loadDataset(folder, { size })).labels]).toEqual([5]);
  });

  test("ignoreUnlabelled leaves images without labels out, in both layouts", async () => {
    await fill({ "img1.png": plain(1), "img2.png": plain(2), "p2.npy": writeNpy([1], Float32Array.of(7)) });
    const options = { size: 1, ignoreUnlabelled: true };
    expect((await loadDataset(folder, options)).names).toEqual(["img2.png"]);
    await fill({ "labels.csv": "image,x\nimg1.png,5\n" });
    expect((await loadDataset(folder, options)).names).toEqual(["img1.png"]);
  });

  const csv = "image,x\na.png,1\n";
  test.each<[string, Record<string, string | Uint8Array>, (folder: string) => string]>([
    [
      "an empty folder",
      {},
      (d) =>
        `${d}: expected a folder with PNG, JPEG or TIFF images, got an empty folder; check the path, or make a data set with \`cellgrad data make\``,
    ],
    [
      "a folder without images",
      { "labels.csv": csv },
      (d) =>
        `${d}: expected a folder with PNG, JPEG or TIFF images, got none in it; check the path, or make a data set with \`cellgrad data make\``,
    ],
    [
      "images without labels",
      { "a.png": plain(1) },
      (d) =>
        `${d}: expected labels, got neither labels.csv nor <prefix><id>.npy files; write a labels.csv with a header such as "image,a,b" and one row per image`,
    ],
    [
      "a label without image",
      { "b.png": plain(1), "labels.csv": csv },
      (d) =>
        `${join(d, "labels.csv")} row 2: expected the name of an image in ${d}, written as in the folder, such as "b.png", got "a.png"; add the image or remove the row`,
    ],
    [
      "an image without label",
      { "a.png": plain(1), "b.png": plain(1), "labels.csv": csv },
      (d) =>
        `${d}: expected labels for every image, got none for "b.png"; add them, remove the images, or set ignoreUnlabelled (--ignore-unlabelled)`,
    ],
    [
      "several images without labels",
      { "a.png": plain(1), "b.png": plain(1), "c.jpg": "", "labels.csv": csv },
      (d) =>
        `${d}: expected labels for every image, got none for "b.png" and for 1 more; add them, remove the images, or set ignoreUnlabelled (--ignore-unlabelled)`,
    ],
    [
      "a file that is no image",
      { "a.png": "text", "labels.csv": csv },
      (d) =>
        `${join(d, "a.png")}: expected a PNG, JPEG or TIFF image, got 4 bytes that start with 74 65 78 74; convert it to PNG or remove it`,
    ],
    [
      "a bad label file",
      { "img1.png": plain(1), "p1.npy": "text" },
      (d) => `${join(d, "p1.npy")}: expected a .npy file, got another kind of file; write it with np.save`,
    ],
    [
      "a bad value",
      { "a.png": plain(1), "labels.csv": "image,x\na.png,?\n" },
      (d) =>
        `${join(d, "labels.csv")} row 2, column "x": expected a finite number, got "?"; mend it or choose other columns with labelColumns (--label-columns)`,
    ],
  ])("refuses %s", async (_, files, message) => {
    await fill(files);
    await expect(loadDataset(folder, { size })).rejects.toThrow(new DataError(message(folder)));
  });

  test("refuses a folder that is absent or a file", async () => {
    const absent = join(folder, "absent");
    await expect(loadDataset(absent, { size })).rejects.toThrow(
      new DataError(`${absent}: expected a folder of images, got nothing of that name; check the path`),
    );
    await fill({ "labels.csv": csv });
    const file = join(folder, "labels.csv");
    await expect(loadDataset(file, { size })).rejects.toThrow(
      new DataError(`${file}: expected a folder of images, got a file; name the folder it is in`),
    );
  });

  test("refuses a size that is none", async () => {
    await fill({ "a.png": plain(1), "labels.csv": csv });
    await expect(loadDataset(folder, { size: [-1, 4] })).rejects.toThrow(
      new ShapeError("resize: expected a size of two positive integers, got [-1, 4]"),
    );
  });
});

describe("loadImages", () => {
  const planOf = (size: Pair) => readingPlan({ size });
  const facts = { format: "TIFF", bits: 8, channels: 1, pages: 1 };
  test("takes files in the order given and a folder's images in the order of names, each with its size", async () => {
    await fill({ "b.png": plain(2, 3, 5), "a.tif": plain(1, 2, 2), "labels.csv": "image,x\n" });
    const images = await loadImages([join(folder, "b.png"), folder], planOf([1, 2]));
    expect(images).toEqual({
      paths: ["b.png", "a.tif", "b.png"].map((name) => join(folder, name)),
      pixels: Uint8Array.of(2, 2, 1, 1, 2, 2),
      facts: [
        { ...facts, height: 3, width: 5 },
        { ...facts, height: 2, width: 2 },
        { ...facts, height: 3, width: 5 },
      ],
    });
  });

  test("refuses what holds no image", async () => {
    const absent = join(folder, "absent.png");
    await expect(loadImages([absent], planOf([1, 1]))).rejects.toThrow(
      new DataError(`${absent}: expected a PNG, JPEG or TIFF image, got nothing of that name; check the path`),
    );
    await expect(loadImages([folder], planOf([1, 1]))).rejects.toThrow(
      new DataError(`${folder}: expected a folder with PNG, JPEG or TIFF images, got none in it; check the path`),
    );
    await expect(loadImages([], planOf([1, 1]))).rejects.toThrow(
      new DataError("images: expected at least one file or folder, got none"),
    );
  });
});

const bbbc005 = new URL("../../../shared/data/bbbc005/", import.meta.url).pathname;
const isThere = existsSync(bbbc005);

describe.runIf(isThere)(`BBBC005${isThere ? "" : " (skipped: ../shared/data/bbbc005 is not there)"}`, () => {
  test("192 PackBits TIFFs with counts", { timeout: 30_000 }, async () => {
    const dataset = await loadDataset(bbbc005, { size: 128, resize: "cv2-linear" });
    expect(dataset.names.length).toBe(192);
    expect(dataset.resized).toEqual([520, 696]);
    expect(dataset.outputs).toEqual(["count"]);
    // "A05_C18_…" was simulated with 18 cells.
    expect([...dataset.labels]).toEqual(dataset.names.map((name) => Number(/_C(\d+)_/.exec(name)?.[1])));
    const sum = dataset.pixels.subarray(0, 128 * 128).reduce((total, pixel) => total + pixel, 0);
    expect(sum).toBe(19187); // by tifffile and OpenCV 5.0
  });
  test("a file cut anywhere is refused", async () => {
    const bytes = new Uint8Array(readFileSync(join(bbbc005, "A01_C1_F1_s02_w1.TIF")));
    for (const share of [0.001, 0.1, 0.5, 0.9, 0.99]) {
      const cut = bytes.subarray(0, Math.floor(share * bytes.length));
      await expect(decodeImage(cut, "cut.tif")).rejects.toThrow(/^cut\.tif: expected a PNG, JPEG or TIFF image, got /);
    }
  });
});
