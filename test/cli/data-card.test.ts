/** `data card` from the outside. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DataCard } from "../../src/data/card.ts";
import { encodeGrayPng } from "../../src/data/encode-png.node.ts";
import { decodePng } from "../../src/data/png.node.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
const cells = (name: string) => makeCells(join(root, name), 8);
const card = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["data", "card", ...args, "--size", "16"]);
  return { status, stdout, errors: ownLines(stderr) };
};
const parsed = (stdout: string) => JSON.parse(stdout) as DataCard;

test("a sound data set for people", async () => {
  const data = await cells("sound");
  const { status, stdout, errors } = await card(data, "--split", "0.5,0.25,0.25");
  expect([status, errors]).toEqual([0, []]);
  for (const line of [
    `${data}: 8 images, read at 16 x 16\n  8 PNG of 16 x 16, 8-bit`,
    "labels: round, spindle, granular; they sum to 1",
    "a prediction that never looks at the image scores",
    /\nthe mean +0\.\d+ +0\.\d+ +0\.\d+ +[\d.e+]+ +-?0\.\d{4}\n/,
    /\n1\/3 +0\.\d+/,
    /\nMSE of a perfect count against the prior, expected +0\.\d+/,
    "the labels are the fractions in the image: a perfect count scores 0",
    "split: 4 train, 2 validation, 2 test\nduplicates: none at 16 x 16\nnear duplicates: none, ",
  ]) {
    expect(stdout).toMatch(line);
  }
  expect(stdout).not.toContain("problems");
});

test("--json prints all of it and nothing else", async () => {
  const { status, stdout } = await card(await cells("json"), "--json");
  expect(status).toBe(0);
  expect(Object.keys(parsed(stdout))).toEqual(
    "data images size kinds outputs sums baselines noise duplicates nearDuplicates split overlaps nearOverlaps problems".split(
      " ",
    ),
  );
  expect(parsed(stdout)).toMatchObject({ images: 8, noise: { labelsAre: "realised fractions" }, problems: [] });
});

test("what is wrong with images is listed, the others are described, and the status is 1", async () => {
  const data = await cells("damaged");
  writeFileSync(join(data, "img0002.png"), readFileSync(join(data, "img0002.png")).subarray(0, 60));
  rmSync(join(data, "img0004.png"));
  copyFileSync(join(data, "img0000.png"), join(data, "extra.png"));
  const { status, stdout, errors } = await card(data, "--json");
  expect(status).toBe(1);
  expect(errors).toEqual([
    `cellgrad: ${data}: expected a data set that can be trained on, got 3 problems; the card lists them`,
  ]);
  const { images, problems } = parsed(stdout);
  expect(images).toBe(6);
  expect(problems).toEqual([
    `${data}/labels.csv row 6: expected the name of an image in ${data}, got "img0004.png"`,
    `${data}/extra.png: expected a label for the image, got none`,
    expect.stringMatching(/img0002\.png: expected a PNG, JPEG or TIFF image, got a truncated or damaged PNG/),
  ]);
  const { stdout: text } = await card(data);
  expect(text).toContain(`problems: 3\n  ${problems[0]}\n`);
});

test("duplicates and the parts that they lie in", async () => {
  const data = await cells("twins");
  copyFileSync(join(data, "img0000.png"), join(data, "img0005.png"));
  const names = Array.from({ length: 8 }, (_, i) => `img000${i}.png`);
  const split = join(root, "twins.json");
  writeFileSync(
    split,
    JSON.stringify({ train: names.slice(0, 4), validation: names.slice(4, 6), test: names.slice(6) }),
  );
  const { status, stdout } = await card(data, "--split-file", split);
  expect(status).toBe(0);
  expect(stdout).toContain("duplicates: 2 images in 1 group of equal pixels at 16 x 16");
  expect(stdout).toContain("  img0000.png, img0005.png; with different labels; in train and validation");
  expect(stdout).toContain("1 group across parts of the split");
});

test("near duplicates, how they are laid, and the parts that they lie in", async () => {
  const data = await cells("turned");
  const { samples } = decodePng(readFileSync(join(data, "img0001.png")), "img0001.png", null);
  const mirrored = (image: Uint8Array) => image.map((_, i) => image[i - (i % 16) + 15 - (i % 16)]);
  const write = (name: string, image: Uint8Array) =>
    writeFileSync(join(data, name), encodeGrayPng({ height: 16, width: 16, pixels: image }));
  write(
    "img0006.png",
    mirrored(Uint8Array.from(samples)).map((value) => value - 9),
  );
  const split = join(root, "turned.json");
  const names = Array.from({ length: 8 }, (_, i) => `img000${i}.png`);
  const parts = { train: names.slice(0, 4), validation: names.slice(4, 6), test: names.slice(6) };
  writeFileSync(split, JSON.stringify(parts));
  expect((await card(data, "--split-file", split)).stdout).toContain(
    "duplicates: none at 16 x 16\nnear duplicates: 2 images in 1 group alike but for turns, mirroring, brightness or noise\n" +
      "  img0001.png, img0006.png: mirrored, correlation 1.000; with different labels; in train and test\n" +
      "  1 group across parts of the split",
  );
  write("img0007.png", Uint8Array.from(samples).toReversed());
  expect((await card(data)).stdout).toMatch(/\n {2}img0001\.png, img0006\.png, img0007\.png: correlations from 1\.000/);
  const { stdout } = await runCli(["data", "card", data, "--size", "12"]);
  expect(stdout).toContain("near duplicates: not looked for at 12 x 12, which is too small");
});

test("the densest images can be kept out of the split, as train keeps them", async () => {
  const { stdout } = await card(await cells("held"), "--hold-out-densest", "0.25", "--split", "0.5,0.25,0.25");
  expect(stdout).toMatch(/\nsplit: 3 train, 1 validation, 2 test, 2 outOfRange\n/);
});

describe("goes on", () => {
  test("with a split that cannot be, which is a problem", async () => {
    const data = await makeCells(join(root, "two"), 2);
    const { status, stdout } = await card(data, "--json");
    expect([status, parsed(stdout).split]).toEqual([1, null]);
    expect(parsed(stdout).problems).toEqual([expect.stringMatching(/^split: expected images enough for every part/)]);
  });

  test("with counts of other images, which are no noise", async () => {
    const data = await cells("foreign");
    writeFileSync(join(data, "counts.csv"), "image,round,spindle,granular\nother.png,1,2,3\n");
    expect(parsed((await card(data, "--json")).stdout).noise).toBeNull();
  });
});

test("what is no data set is one line", async () => {
  const empty = join(root, "empty");
  mkdirSync(empty);
  expect(await card(empty)).toEqual({
    status: 1,
    stdout: "",
    errors: [
      `cellgrad: ${empty}: expected a folder with PNG, JPEG or TIFF images, got an empty folder; check the path, or make a data set with \`cellgrad data make\``,
    ],
  });
  const broken = join(root, "broken");
  mkdirSync(broken);
  writeFileSync(join(broken, "a.png"), "text");
  writeFileSync(join(broken, "labels.csv"), "image,x\na.png,1\n");
  const { status, errors } = await card(broken);
  expect([status, errors[0]]).toEqual([
    1,
    expect.stringMatching(
      /^cellgrad: .*broken: expected an image that can be read, got none: .*a\.png: expected a PNG/,
    ),
  ]);
});
