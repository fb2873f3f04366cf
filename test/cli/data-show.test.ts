/** `data show` from the outside: the sheet, and what it says of the images on it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { beforeAll, describe, expect, test } from "vitest";
import { augmentKey, drawOf } from "../../src/data/augment/draw.ts";
import { augmentOf } from "../../src/data/augment/check.ts";
import { loadDataset } from "../../src/data/dataset.node.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
const cells = join(root, "cells");
beforeAll(() => makeCells(cells, 6));

const shown = (...args: string[]) => runCli(["data", "show", cells, "--size", "16", ...args]);
const sheetAt = (path: string) => PNG.sync.read(readFileSync(path));
/** Margins, gaps, and images of 16 x 16 twelvefold. */
const [margin, gap, side] = [24, 8, 192];

interface Printed {
  sheet: string;
  augment: { name: string } | null;
  images: { image: string; labels: Record<string, number>; drawn?: unknown }[];
}

/** The twelfth part of the picture at a place of the sheet, that is the image. */
function pictureAt({ data, width }: PNG, left: number, top: number): number[] {
  return Array.from({ length: 256 }, (_, i) => data[4 * ((top + 12 * (i >> 4)) * width + left + 12 * (i % 16))]);
}

test("images as they are need no adapter, and are on the sheet to the last bit", async () => {
  const out = join(root, "raw.png");
  const { status, stdout, stderr } = await shown("-n", "2", "--out", out);
  expect([status, stdout, stderr]).toEqual([0, `2 images in ${out}\n`, ""]);
  const { images } = JSON.parse((await shown("-n", "2", "--out", out, "--json")).stdout) as Printed;
  const sheet = sheetAt(out);
  expect([sheet.width, sheet.height]).toEqual([margin + 2 * (side + margin), 2 * margin + side + gap + 4 * 20]);
  const { names, pixels, labels } = await loadDataset(cells, { size: 16 });
  images.forEach(({ image, labels: own }, place) => {
    const index = names.indexOf(image);
    expect(Object.values(own)).toEqual([...labels.subarray(3 * index, 3 * index + 3)]);
    const picture = pictureAt(sheet, margin + place * (side + margin), margin);
    expect(picture).toEqual([...pixels.subarray(256 * index, 256 * (index + 1))]);
  });
});

test("augmented images stand beside the others; --json says what was drawn; the seed decides", async () => {
  const out = join(root, "augmented.png");
  const withSeed = (seed: string) =>
    shown("--augment", "thesis-code", "--parameters", "-n", "3", "--out", out, "--json", "--seed", seed);
  const { status, stdout, stderr } = await withSeed("4");
  expect(status, stderr).toBe(0);
  const { sheet, augment, images } = JSON.parse(stdout) as Printed;
  expect([sheet, augment]).toEqual([out, augmentOf("thesis-code")]);
  const { names } = await loadDataset(cells, { size: 16 });
  for (const { image, drawn } of images) {
    const index = names.indexOf(image);
    expect(drawn).toEqual(drawOf(augmentOf("thesis-code"), [16, 16], augmentKey(4), 0, index));
  }
  const first = readFileSync(out);
  const picture = sheetAt(out);
  const right = pictureAt(picture, margin + side + gap, margin);
  expect(right).not.toEqual(pictureAt(picture, margin, margin));
  await withSeed("4");
  expect(readFileSync(out)).toEqual(first);
  await withSeed("5");
  expect(readFileSync(out)).not.toEqual(first);
});

test("augmentation none shows an image twice", async () => {
  const out = join(root, "none.png");
  const { status } = await shown("--augment", "none", "-n", "1", "--out", out);
  expect(status).toBe(0);
  const sheet = sheetAt(out);
  expect(pictureAt(sheet, margin + side + gap, margin)).toEqual(pictureAt(sheet, margin, margin));
});

test("images are read as a training with the same options reads them", async () => {
  const out = join(root, "read.png");
  const chosen = ["--resize", "cv2-linear", "--normalize", "percentile:10,90", "--label-columns", "granular,round"];
  const { stdout } = await shown(...chosen, "--no-cache", "-n", "1", "--out", out, "--json");
  const { images } = JSON.parse(stdout) as Printed;
  const options = { size: 16, resize: "cv2-linear", normalize: "percentile:10,90" } as const;
  const { names, pixels, labels } = await loadDataset(cells, { ...options, labelColumns: ["granular", "round"] });
  const index = names.indexOf(images[0].image);
  expect(images[0].labels).toEqual({ granular: labels[2 * index], round: labels[2 * index + 1] });
  expect(pictureAt(sheetAt(out), margin, margin)).toEqual([...pixels.subarray(256 * index, 256 * (index + 1))]);
  const plain = await loadDataset(cells, { size: 16 });
  expect(pixels).not.toEqual(plain.pixels);
});

test("fewer images than asked for are said", async () => {
  const { stdout, stderr } = await shown("-n", "7", "--out", join(root, "all.png"));
  expect([stdout, ownLines(stderr)]).toEqual([
    `6 images in ${join(root, "all.png")}\n`,
    ["the data set has 6 images, of which all are shown"],
  ]);
});

describe("refused", () => {
  const unknown = "one of none, thesis-code, thesis-text, rnet";
  test.concurrent.each([
    ["an unknown augmentation", ["--augment", "heavy"], 2, `--augment: expected ${unknown}, got "heavy"`],
    [
      "parameters of nothing",
      ["--parameters"],
      2,
      "--parameters: expected --augment with it, got none. Nothing is drawn for images as they are.",
    ],
    ["no images", ["-n", "0"], 2, '--n: expected an integer of at least 1, got "0"'],
    ["no folder for the sheet", ["-n", "2"], 1, /^--out: expected a file that can be written, got ENOENT/],
  ])("%s", async (what, args, expected, line) => {
    const out = join(root, what, "sheet.png");
    const { status, stderr } = await shown("--out", out, ...args);
    const [first] = ownLines(stderr);
    expect(status).toBe(expected);
    if (typeof line === "string") expect(first).toBe(`cellgrad: ${line}`);
    else expect(first.replace("cellgrad: ", "")).toMatch(line);
    expect(existsSync(out)).toBe(false);
  });
});
