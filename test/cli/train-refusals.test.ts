/** What `train` refuses, before a device opens: one line that names the file, the row or the option, and the cure. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { writeSafetensors } from "../../src/nn/safetensors.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, readText, small, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
/** 12 images, of which 8 train. */
const cells = join(root, "cells");
beforeAll(() => makeCells(cells, 12));

type Spoil = (data: string) => void;

let cases = 0;

/** Trains on a copy of the cells that `spoil` has changed. The paths in the answer are relative to the test's folder. */
async function refusal(args: readonly string[], spoil: Spoil = () => undefined) {
  const folder = join(root, `case${cases++}`);
  const data = join(folder, "data");
  cpSync(cells, data, { recursive: true });
  spoil(data);
  const out = join(folder, "run");
  const { status, stdout, stderr } = await runCli(["train", data, ...small("--out", out, ...args)]);
  expect(stdout).toBe("");
  expect(existsSync(out), "a run").toBe(false);
  const lines = ownLines(stderr).filter((line) => !/^(data|note|adapter): /.test(line));
  return { status, lines: lines.map((line) => line.replaceAll(`${folder}/`, "")) };
}

const inFile =
  (file: string, change: (text: string) => string): Spoil =>
  (data) =>
    writeFileSync(join(data, file), change(readText(data, file)));
const inLabels = (change: (text: string) => string) => inFile("labels.csv", change);
/** Gives the fourth image this row of labels. */
const relabel = (row: string) => inLabels((text) => text.replace(/^img0003\.png,.*$/m, row));
const withFile =
  (name: string, content: string | Uint8Array): Spoil =>
  (data) =>
    writeFileSync(join(data, name), content);
/** Without its labels.csv the folder is in the thesis's layout: the generator writes a .npy for each image too. */
const asVectors =
  (spoil: Spoil): Spoil =>
  (data) => {
    rmSync(join(data, "labels.csv"));
    spoil(data);
  };

test("the cells as they are pass, so that what is refused is what was spoilt", async () => {
  const { lines } = await refusal(["--adapter", "no such adapter"]);
  expect(lines).toEqual([expect.stringContaining('got "no such adapter"')]);
});

describe("data", () => {
  const table: [what: string, spoil: Spoil, line: string][] = [
    [
      "a truncated image",
      (data) => writeFileSync(join(data, "img0005.png"), readFileSync(join(data, "img0005.png")).subarray(0, 100)),
      "data/img0005.png: expected a PNG, JPEG or TIFF image, got a truncated or damaged PNG",
    ],
    [
      "a file that is no image",
      withFile("img0005.png", "hello"),
      "data/img0005.png: expected a PNG, JPEG or TIFF image, got 5 bytes that start with 68 65 6c 6c; convert it to PNG or remove it",
    ],
    [
      "an image without a label",
      inLabels((text) => text.replace(/^img0003.*\n/m, "")),
      'data: expected labels for every image, got none for "img0003.png"; add them, remove the images, or set ignoreUnlabelled (--ignore-unlabelled)',
    ],
    [
      "a label without an image",
      inLabels((text) => `${text}img0099.png,1,0,0\n`),
      'data/labels.csv row 14: expected the name of an image in data, written as in the folder, such as "img0000.png", got "img0099.png"; add the image or remove the row',
    ],
    [
      "a label given twice",
      inLabels((text) => `${text}img0003.png,1,0,0\n`),
      'data/labels.csv row 14: expected each image once, got "img0003.png" again (first in row 5); remove one',
    ],
    [
      "a label that is no number",
      relabel("img0003.png,1,many,0"),
      'data/labels.csv row 5, column "spindle": expected a finite number, got "many"; mend it or choose other columns with labelColumns (--label-columns)',
    ],
    [
      "a label that is NaN",
      relabel("img0003.png,1,0,NaN"),
      'data/labels.csv row 5, column "granular": expected a finite number, got "NaN"; mend it',
    ],
    [
      "a ragged row",
      relabel("img0003.png,1,0"),
      "data/labels.csv row 5: expected 4 fields as in the header, got 3 (img0003.png,1,0)",
    ],
    [
      "an empty folder",
      (data) => {
        rmSync(data, { recursive: true });
        mkdirSync(data);
      },
      "data: expected a folder with PNG, JPEG or TIFF images, got an empty folder; check the path, or make a data set with `cellgrad data make`",
    ],
    [
      "no folder",
      (data) => rmSync(data, { recursive: true }),
      "data: expected a folder of images, got nothing of that name; check the path",
    ],
    [
      "a .npy of another shape",
      asVectors(withFile("priors_0004.npy", writeNpy([3, 1], new Float64Array(3)))),
      "data/priors_0004.npy: expected labels of shape [k] or [1, k], got [3, 1]",
    ],
    [
      "a .npy of another type",
      asVectors((data) => {
        const text = readFileSync(join(data, "priors_0004.npy"), "latin1").replace("<f8", "<i8");
        writeFileSync(join(data, "priors_0004.npy"), text, "latin1");
      }),
      "data/priors_0004.npy: expected a .npy array of little-endian float32 or float64",
    ],
  ];

  test.concurrent.each(table)("%s", async (_, spoil, line) => {
    const { status, lines } = await refusal([], spoil);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^cellgrad: /)]);
    expect(lines[0]).toContain(line);
  });

  test("an image without a label passes with --ignore-unlabelled", async () => {
    const spoil = inLabels((text) => text.replace(/^img0003.*\n/m, ""));
    const { lines } = await refusal(["--ignore-unlabelled", "--batch", "7", "--adapter", "no such adapter"], spoil);
    expect(lines).toEqual([expect.stringContaining('got "no such adapter"')]);
  });
});

/** Of a network with other filters. */
const foreign = writeSafetensors(new Map([["conv1.weight", { shape: [4, 1, 3, 3], data: new Float32Array(36) }]]), {});

describe("files that options name", () => {
  const table: [what: string, option: string, file: string, content: string | Uint8Array | undefined, line: string][] =
    [
      [
        "weights that are not there",
        "--init-from",
        "w.safetensors",
        undefined,
        "w.safetensors: expected a .safetensors file, got nothing of that name; check the path",
      ],
      [
        "truncated weights",
        "--init-from",
        "w.safetensors",
        foreign.subarray(0, foreign.length - 1),
        "w.safetensors: expected 144 bytes of data after the header, got 143. The file is damaged or of another kind: copy or write it again.",
      ],
      [
        "weights of another model",
        "--init-from",
        "w.safetensors",
        foreign,
        "w.safetensors: expected conv1.weight [8, 1, 3, 3], got [4, 1, 3, 3]. It belongs to another model: check the preset, the size and the outputs.",
      ],
      [
        "a split that is not there",
        "--split-file",
        "split.json",
        undefined,
        "split.json: expected a split file, got nothing of that name; check the path",
      ],
      [
        "a split of other images",
        "--split-file",
        "split.json",
        '{ "train": ["a.png"], "validation": [], "test": [] }',
        'split.json: expected names of images in the data set, got "a.png" in train; remove it',
      ],
    ];

  test.concurrent.each(table)("%s", async (what, option, file, content, line) => {
    const folder = join(root, what);
    mkdirSync(folder);
    const path = join(folder, file);
    if (content !== undefined) writeFileSync(path, content);
    const { status, lines } = await refusal([option, path]);
    expect([status, lines.map((text) => text.replace(`${folder}/`, ""))]).toEqual([1, [`cellgrad: ${line}`]]);
  });
});

describe("options", () => {
  const table: [what: string, args: string[], line: string][] = [
    [
      "a batch larger than the training split",
      ["--batch", "9"],
      "--batch: expected at most the 8 images of the training split, got 9. Use a smaller batch or more images.",
    ],
    [
      "a last batch of one",
      ["--batch", "7"],
      "--batch: expected batches that can be trained, got 8 images in batches of 7, the last of 1: " +
        "denseNorm: expected at least two samples to normalise, got one (input [1, 64]). " +
        "Use a batch size that leaves no last batch of one.",
    ],
    [
      "batches of one",
      ["--batch", "1"],
      "--batch: expected batches that can be trained, got 8 images in batches of 1: " +
        "denseNorm: expected at least two samples to normalise, got one (input [1, 64]). " +
        "Use a batch size that leaves no last batch of one.",
    ],
    [
      "a size too small for the network",
      ["--size", "9"],
      '--size: expected images large enough for the network "tiny", got 9 x 9: pool2: MaxPooling2D: ' +
        'expected a window no larger than the input\'s [1, 1] (padding "valid"), got window [2, 2]. ' +
        "The image may be too small for the network.",
    ],
    ["a learning rate of 0", ["--lr", "0"], '--lr: expected a number of at least 1e-12, got "0"'],
    [
      "dropout of everything",
      ["--dropout", "1"],
      '--dropout: expected a number of at least 0 and at most 0.99, got "1"',
    ],
    [
      "a column twice",
      ["--label-columns", "round, round"],
      '--label-columns: expected different names with commas between them, got "round, round"',
    ],
    [
      "--split with --split-file",
      ["--split", "1,0,0", "--split-file", "x"],
      "Arguments split and split-file are mutually exclusive",
    ],
    ["--split with --resume", ["--split", "1,0,0", "--resume"], "Arguments resume and split are mutually exclusive"],
    ["a number twice", ["--seed", "8", "--seed", "1"], '--seed: expected an integer of at least 0, got ["8","1"]'],
    ["a path twice", ["--out", "elsewhere"], '--out: expected one value, got ["run","elsewhere"]'],
    ["an unknown option", ["--layers", "3"], "Unknown argument: layers"],
  ];

  test.concurrent.each(table)("%s", async (_, args, line) => {
    const { status, lines } = await refusal(args);
    expect([status, lines]).toEqual([2, [`cellgrad: ${line}`, "see cellgrad train --help"]]);
  });

  test.concurrent.each([
    [
      "a column that is not there",
      ["--label-columns", "round,flat"],
      'data/labels.csv: expected label columns among round, spindle, granular, got "flat"',
    ],
    [
      "a split with too few images for a part",
      ["--split", "0.98,0.01,0.01"],
      "split: expected images enough for every part of 0.98, 0.01, 0.01, got 11, 0, 1 of 12; " +
        "add images or give a part to another",
    ],
    [
      "--resume where there is no run",
      ["--resume"],
      "run: expected a run's folder, got nothing of that name. Leave --resume away to begin one.",
    ],
  ])("%s", async (_, args, line) => {
    const { status, lines } = await refusal(args);
    expect([status, lines]).toEqual([1, [`cellgrad: ${line}`]]);
  });

  test("a run's folder that exists is left as it is", async () => {
    const out = join(root, "taken");
    mkdirSync(out);
    writeFileSync(join(out, "notes.txt"), "mine");
    const { status, stderr } = await runCli(["train", cells, ...small("--out", out)]);
    expect(status).toBe(2);
    expect(ownLines(stderr)[0]).toBe(
      `cellgrad: --out: expected a new folder, got ${out}, which exists. Remove it or name another.`,
    );
    expect(readdirSync(out)).toEqual(["notes.txt"]);
  });

  test("--out is needed", async () => {
    const { status, stderr } = await runCli(["train", cells]);
    expect([status, ownLines(stderr)[0]]).toEqual([2, "cellgrad: Missing required argument: out"]);
  });
});

test("a learning rate at which training diverges is named, and the run does not look finished", async () => {
  const out = join(root, "diverged");
  const { status, stderr } = await runCli(["train", cells, ...small("--lr", "1e30", "--epochs", "2", "--out", out)]);
  expect(status).toBe(1);
  expect(ownLines(stderr).at(-1)).toMatch(
    /^cellgrad: .* expected finite predictions, got .*\. Training diverged: use a smaller learning rate \(--lr\)\.$/,
  );
  expect(existsSync(join(out, "metrics.json"))).toBe(false);
});

test("a softmax head on labels that are no parts of 1, which lint finds", async () => {
  const { status, lines } = await refusal(["--head", "softmax", "--label-columns", "round,spindle"]);
  expect([status, lines]).toEqual([
    1,
    [
      "cellgrad: data: expected a set-up that can be trained, got one that cannot: labels are no parts of 1, which is " +
        "all that a softmax output can give; take --head linear",
    ],
  ]);
});
