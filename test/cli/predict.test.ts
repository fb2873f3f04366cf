/** `predict` from the outside. */
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, makeCells, readJson, readText, small, temporaryFolder, train } from "../support/run.ts";

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

describe("--uncertainty", () => {
  const dropping = join(root, "dropping");
  interface Sampled extends Record<string, unknown> {
    image: string;
    uncertainty: Record<string, number>;
    doubtful: boolean | null;
  }
  const sample = async (...args: string[]): Promise<{ rows: Sampled[]; lines: string[] }> => {
    const { status, stdout, stderr } = await runCli(["predict", dropping, cells, "--uncertainty", ...args, "--json"]);
    expect(status, stderr).toBe(0);
    return { rows: JSON.parse(stdout) as Sampled[], lines: ownLines(stderr) };
  };
  beforeAll(async () => {
    await train(
      cells,
      ...small("--split", "0.6,0.4,0", "--batch", "3", "--epochs", "2", "--dropout", "0.3", "--out", dropping),
    );
  });

  test("adds a standard deviation of each output, decided by the seed, to the mean of the samples", async () => {
    const { rows, lines } = await sample("--samples", "5");
    const [first] = rows;
    const outputs = ["round", "spindle", "granular"];
    expect(Object.keys(first)).toEqual(["image", ...outputs, "uncertainty", "doubtful"]);
    expect(Object.keys(first.uncertainty)).toEqual(outputs);
    expect(rows.flatMap(({ uncertainty }) => Object.values(uncertainty)).every((sd) => sd > 0)).toBe(true);
    expect((await sample("--samples", "5")).rows).toEqual(rows);
    expect((await sample("--samples", "5", "--seed", "1")).rows).not.toEqual(rows);
    // Without a threshold nothing is doubtful, and how to find one is said.
    expect(rows.map(({ doubtful }) => doubtful)).toEqual(rows.map(() => null));
    expect(lines).toContain(
      `no threshold says which images are doubtful: cellgrad evaluate ${dropping} --uncertainty finds one`,
    );
  });

  test("images are doubtful by the threshold that evaluate found on the validation images", async () => {
    const evaluated = await runCli(["evaluate", dropping, "--split", "validation", "--uncertainty", "--json"]);
    expect(evaluated.status, evaluated.stderr).toBe(0);
    const saved = readJson(dropping, "uncertainty.json") as { threshold: number; images: number; samples: number };
    expect([saved.images, saved.samples]).toEqual([4, 30]);
    const { uncertainty } = JSON.parse(evaluated.stdout) as { uncertainty: { threshold: number } };
    expect(uncertainty.threshold).toBe(saved.threshold);
    const { rows, lines } = await sample();
    const doubts = rows.map(({ uncertainty: sds }) => {
      const squares = Object.values(sds).map((sd) => sd ** 2);
      return Math.sqrt(squares.reduce((sum, square) => sum + square) / squares.length);
    });
    const expected = doubts.map((doubt) => doubt > saved.threshold);
    expect(rows.map(({ doubtful }) => doubtful)).toEqual(expected);
    const count = expected.filter(Boolean).length;
    expect(lines.at(-1)).toMatch(new RegExp(`^doubtful, since .*: ${count} of 10 images$`));

    const { stdout } = await runCli(["predict", dropping, image(0), "--uncertainty", "--samples", "4"]);
    expect(stdout).toMatch(
      /^image,round,spindle,granular,round sd,spindle sd,granular sd,doubtful\n.*img0000\.png(,-?\d+\.\d{4}){6},(yes|no)\n$/,
    );
  });

  test("is refused for a network that drops nothing, before images are read", async () => {
    const { status, stderr } = await runCli(["predict", run, join(root, "gone.png"), "--uncertainty"]);
    expect([status, ...ownLines(stderr)]).toEqual([
      2,
      "cellgrad: --uncertainty: expected a network with dropout, which is what makes its predictions vary, got one " +
        "that drops nothing; train one, such as with --dropout 0.3",
      "see cellgrad predict --help",
    ]);
  });

  test.concurrent.each([["--samples"], ["--seed"]])("%s means nothing without it, and is refused", async (option) => {
    const { status, stderr } = await runCli(["predict", dropping, image(0), option, "5"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("uncertainty")]);
  });

  test("a threshold that was damaged is said to be", async () => {
    const copy = join(root, "damaged");
    cpSync(dropping, copy, { recursive: true });
    writeFileSync(join(copy, "uncertainty.json"), '{"threshold": -1}');
    const { status, stderr } = await runCli(["predict", copy, image(0), "--uncertainty"]);
    expect([status, ...ownLines(stderr)]).toEqual([
      1,
      expect.stringMatching(
        /uncertainty\.json: expected JSON \{ threshold, images, samples, seed \}, got a mistake at \$\.threshold: .*\. Write it again with cellgrad evaluate RUN --uncertainty$/,
      ),
    ]);
  });
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
      "a pattern in quotes",
      [run, join(cells, "*.png")],
      "cells/*.png: expected a PNG, JPEG or TIFF image, got nothing of that name: a pattern is for the shell to expand, " +
        "which it does outside quotes",
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
