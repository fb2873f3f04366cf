/** `data make` from the outside. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDataset } from "../../src/data/dataset.node.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, readText, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
const contents = (folder: string) =>
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "base64")]);

test("makes a data set that loads, and says so", async () => {
  const out = join(root, "cells");
  const { status, stdout, stderr } = await runCli(["data", "make", out, "--count", "3", "--size", "24"]);
  expect([status, stdout, stderr]).toEqual([0, `3 images of 24 x 24 in ${out}\n`, ""]);
  const { names, outputs, labels, resized } = await loadDataset(out, { size: 24 });
  expect([names, outputs, resized]).toEqual([
    ["img0000.png", "img0001.png", "img0002.png"],
    ["round", "spindle", "granular"],
    null,
  ]);
  const [, ...rows] = csvRows(readText(out, "labels.csv"));
  expect([...labels]).toEqual(rows.flatMap((row) => row.slice(1).map((text) => Math.fround(Number(text)))));
  for (const row of rows) expect(row.slice(1).reduce((sum, text) => sum + Number(text), 0)).toBeCloseTo(1, 12);
});

test("the seed decides every byte; --json prints one document", async () => {
  const make = async (name: string, seed: string) => {
    const out = join(root, name);
    const { stdout } = await runCli(["data", "make", out, "--count", "2", "--size", "16", "--seed", seed, "--json"]);
    expect(JSON.parse(stdout)).toEqual({ data: out, count: 2, size: 16, seed: Number(seed) });
    return contents(out);
  };
  const [first, again, other] = await Promise.all([make("first", "7"), make("again", "7"), make("other", "8")]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

describe("refused", () => {
  test("a folder that holds something, which stays as it is", async () => {
    const out = join(root, "taken");
    mkdirSync(out);
    writeFileSync(join(out, "notes.txt"), "mine");
    const { status, stdout, stderr } = await runCli(["data", "make", out]);
    expect([status, stdout, ...ownLines(stderr)]).toEqual([
      1,
      "",
      `cellgrad: ${out}: expected an empty or absent folder, got one with 1 entries such as notes.txt; choose another or remove it`,
    ]);
    expect(readdirSync(out)).toEqual(["notes.txt"]);
  });

  test.concurrent.each([
    ["no images", ["--count", "0"], '--count: expected an integer of at least 1, got "0"'],
    ["images too small for a cell", ["--size", "3"], "generator: expected a size of 16 to 2048 pixels, got 3"],
    ["an unknown option", ["--cells", "3"], "Unknown argument: cells"],
  ])("%s", async (what, args, line) => {
    const out = join(root, what);
    const { status, stderr } = await runCli(["data", "make", out, ...args]);
    expect([status, ownLines(stderr)]).toEqual([2, [`cellgrad: ${line}`, "see cellgrad data --help"]]);
    expect(readdirSync(root)).not.toContain(what);
  });
});
