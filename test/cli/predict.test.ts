/** `predict` from the outside. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, makeCells, readText, small, temporaryFolder, train } from "../support/run.ts";

const root = temporaryFolder();
const cells = join(root, "cells");
const run = join(root, "run");
/** Images of 32 x 32, twice the run's size. */
const large = join(root, "large");
const image = (i: number) => join(cells, `img000${i}.png`);
beforeAll(async () => {
  await makeCells(cells, 10);
  await makeCells(large, 2, 32);
  await train(cells, ...small("--split", "0.8,0.2,0", "--epochs", "2", "--out", run));
});

type Prediction = Record<string, string | number>;

async function predict(...images: string[]): Promise<{ predictions: Prediction[]; lines: string[] }> {
  const { status, stdout, stderr } = await runCli(["predict", run, ...images, "--json"]);
  expect(status, stderr).toBe(0);
  return { predictions: JSON.parse(stdout) as Prediction[], lines: ownLines(stderr) };
}

describe("a folder", () => {
  let all: Prediction[];
  let lines: string[];
  beforeAll(async () => ({ predictions: all, lines } = await predict(cells)));

  test("--json has the image and a number for each output, in the order of names", () => {
    expect(all.map((row) => Object.keys(row))).toEqual(all.map(() => ["image", "round", "spindle", "granular"]));
    expect(all.map((row) => row["image"])).toEqual(Array.from({ length: 10 }, (_, i) => image(i)));
    expect(lines).toEqual([expect.stringMatching(/^adapter: /)]);
  });

  test("the numbers are those of predictions.csv", () => {
    const [, ...rows] = csvRows(readText(run, "predictions.csv"));
    const saved = new Map(rows.map((row) => [join(cells, row[0]), row.slice(5).map(Number)]));
    expect(saved.size).toBe(10);
    for (const { image: name, ...values } of all) expect(Object.values(values)).toEqual(saved.get(String(name)));
  });

  test("single images, in the order given, get the same; of another size they are resized, which is said", async () => {
    const big = join(large, "img0000.png");
    const { predictions, lines: said } = await predict(image(3), big, image(1));
    expect(predictions.map((row) => row["image"])).toEqual([image(3), big, image(1)]);
    expect([predictions[0], predictions[2]]).toEqual([all[3], all[1]]);
    expect(said[0]).toBe("1 of 3 images are of another size and resized to 16 x 16, as in training");
  });
});

test("without --json, CSV", async () => {
  const { status, stdout, stderr } = await runCli(["predict", run, join(large, "img0001.png")]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^image,round,spindle,granular\n.*img0001\.png(,-?\d+\.\d{4}){3}\n$/);
  expect(ownLines(stderr)[0]).toBe("the image is of another size and resized to 16 x 16, as in training");
});

describe("refused in one line, before a device opens", () => {
  const text = join(root, "notes.png");
  const empty = join(root, "empty");
  beforeAll(() => {
    writeFileSync(text, "not an image");
    mkdirSync(empty);
    copyFileSync(join(cells, "labels.csv"), join(empty, "labels.csv"));
  });

  test.concurrent.each([
    [
      "a missing file",
      [run, join(root, "gone.png")],
      "gone.png: expected a PNG, JPEG or TIFF image, got nothing of that name; check the path",
    ],
    [
      "a file that is no image, beside one",
      [run, image(0), text],
      "notes.png: expected a PNG, JPEG or TIFF image, got 12 bytes that start with 6e 6f 74 20; convert it to PNG or remove it",
    ],
    [
      "a folder without images",
      [run, empty],
      "empty: expected a folder with PNG, JPEG or TIFF images, got none in it; check the path",
    ],
    [
      "no run",
      [cells, image(0)],
      "cells: expected a run's folder, got one without config.json. Make one with cellgrad train.",
    ],
  ])("%s", async (_, args, line) => {
    const { status, stdout, stderr } = await runCli(["predict", ...args]);
    expect([status, stdout, ...ownLines(stderr)]).toEqual([1, "", `cellgrad: ${join(root, line)}`]);
  });

  test("no image at all", async () => {
    const { status, stderr } = await runCli(["predict", run]);
    expect([status, ownLines(stderr)]).toEqual([
      2,
      ["cellgrad: Not enough non-option arguments: got 1, need at least 2", "see cellgrad predict --help"],
    ]);
  });
});
