/** `data make` from the outside. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDataset } from "../../src/data/dataset.node.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, readText, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
/** Every file of a folder, in base64. */
const contents = (folder: string) =>
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "base64")]);

test("makes a data set that loads, and says so", async () => {
  const out = join(root, "cells");
  const { status, stdout, stderr } = await runCli(["data", "make", out, "--count", "3", "--size", "24"]);
  expect([status, stdout]).toEqual([0, `3 images of 24 x 24 in ${out}\n`]);
  expect(ownLines(stderr)).toEqual([expect.stringMatching(/^adapter: /)]);
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
    const adapter = expect.any(String) as string;
    expect(JSON.parse(stdout)).toEqual({
      data: out,
      count: 2,
      size: 16,
      seed: Number(seed),
      preset: "thesis",
      adapter,
    });
    return contents(out);
  };
  const [first, again, other] = await Promise.all([make("first", "7"), make("again", "7"), make("other", "8")]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test("parameters are numbers or ranges, recorded for each image; --detail alone is all of it", async () => {
  const out = join(root, "swept");
  const swept = ["--halo", "0.5..1.5", "--field-of-view", "200", "--defocus", "-3..-3", "--detail"];
  const { status } = await runCli(["data", "make", out, "--count", "3", "--size", "16", "--preset", "easy", ...swept]);
  expect(status).toBe(0);
  const [header = [], ...rows] = csvRows(readText(out, "parameters.csv"));
  const column = (name: string) => rows.map((row) => Number(row[header.indexOf(name)]));
  expect([column("fieldOfView"), column("defocus"), column("detail")]).toEqual([
    [200, 200, 200],
    [-3, -3, -3],
    [1, 1, 1],
  ]);
  expect(new Set(column("halo")).size).toBe(3);
  for (const halo of column("halo")) expect(Math.abs(halo - 1)).toBeLessThanOrEqual(0.5);
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
      expect.stringMatching(/^adapter: /),
      `cellgrad: ${out}: expected an empty or absent folder, got one with 1 entries such as notes.txt; choose another or remove it`,
    ]);
    expect(readdirSync(out)).toEqual(["notes.txt"]);
  });

  test.concurrent.each([
    ["no images", ["--count", "0"], '--count: expected an integer of at least 1, got "0"'],
    ["images too small for a cell", ["--size", "3"], "generator: expected a size of 16 to 2048 pixels, got 3"],
    ["an unknown option", ["--cell", "3"], "Unknown argument: cell"],
    [
      "cells that are none",
      ["--cells", "few"],
      '--cells: expected a number such as 0.5 or a range such as 0.5..1.5, got "few"',
    ],
    ["too large a halo", ["--halo", "0..9"], "--halo: expected numbers from 0 to 3, the lower one first, got 0..9"],
    ["an unknown preset", ["--preset", "x"], '--preset: expected one of easy, thesis, hard, dense, got "x"'],
    [
      "an unknown prior",
      ["--prior", "x"],
      '--prior: expected "uniforms" or "dirichlet:ALPHA" such as dirichlet:2, got "x"',
    ],
  ])("%s", async (what, args, line) => {
    const out = join(root, what);
    const { status, stderr } = await runCli(["data", "make", out, ...args]);
    expect([status, ownLines(stderr)]).toEqual([2, [`cellgrad: ${line}`, "see cellgrad data --help"]]);
    expect(readdirSync(root)).not.toContain(what);
  });
});
