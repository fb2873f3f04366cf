/** `evaluate` from the outside: its figures, and what it refuses. */
import { cpSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, makeCells, readJson, readText, small, temporaryFolder, train } from "../support/run.ts";

interface Scores {
  mse: number;
  mae: number;
  rmse: number;
  mape: number;
  r2: number | null;
}
type Intervals = Record<keyof Scores, { low: number; high: number } | null>;
interface Evaluation extends Scores {
  split: string;
  n: number;
  keras: { rmse: number; r2: number };
  outputs: (Scores & { name: string; intervals: Intervals })[];
  intervals: Intervals;
  bootstrap: { seed: number; resamples: number };
  composition: { sumError: number };
  noise: { labelsAre: string; meanCells: number };
}

const root = temporaryFolder();
/** 20 images, of which 3 test. */
const cells = join(root, "cells");
const run = join(root, "run");
beforeAll(async () => {
  await makeCells(cells, 20);
  await train(cells, ...small("--epochs", "2", "--out", run));
});

async function evaluate(...args: string[]): Promise<Evaluation> {
  const { status, stdout, stderr } = await runCli(["evaluate", ...args, "--json"]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Evaluation;
}

/** A copy of the run that `spoil` has changed. */
function spoilt(name: string, spoil: (copy: string) => void): string {
  const copy = join(root, name);
  cpSync(run, copy, { recursive: true });
  spoil(copy);
  return copy;
}

describe("on the run's own data", () => {
  test("--json has the fields that programs rely on, of the test split, as metrics.json has them", async () => {
    const evaluation = await evaluate(run);
    const scores = ["mse", "mae", "rmse", "mape", "r2"];
    const others = ["intervals", "bootstrap", "r2By", "composition", "noise"];
    expect(Object.keys(evaluation)).toEqual(["split", "n", ...scores, "keras", "outputs", ...others]);
    expect(Object.keys(evaluation.keras)).toEqual(["rmse", "r2"]);
    expect(evaluation.outputs.map(({ name }) => name)).toEqual(["round", "spindle", "granular"]);
    const ofOutput = ["intervals", "calibration", "agreement"];
    expect(Object.keys(evaluation.outputs[0])).toEqual(["name", ...scores, ...ofOutput]);
    const { split, ...metrics } = evaluation;
    expect(split).toBe("test");
    expect(metrics).toEqual((readJson(run, "metrics.json") as Record<string, unknown>)["test"]);
  });

  test("--split takes another part; the overall scores are the means of the outputs'", async () => {
    const { split, n, mse, mae, rmse, outputs } = await evaluate(run, "--split", "train");
    expect([split, n]).toEqual(["train", 14]);
    const mean = (score: "mse" | "mae") => outputs.reduce((sum, own) => sum + own[score], 0) / outputs.length;
    expect(mse).toBeCloseTo(mean("mse"), 10);
    expect(mae).toBeCloseTo(mean("mae"), 10);
    expect(rmse).toBeCloseTo(Math.sqrt(mse), 10);
  });

  test("the priors and counts that the data come with say how near counting can come", async () => {
    const { noise } = await evaluate(run);
    const counts = csvRows(readText(cells, "counts.csv")).slice(1);
    const { test: names } = readJson(run, "split.json") as { test: string[] };
    const own = counts.filter(([image]) => names.includes(image)).map(([, ...each]) => each.map(Number));
    const mean = own.flat().reduce((sum, count) => sum + count, 0) / own.length;
    expect([noise.labelsAre, own.length]).toEqual(["realised fractions", 3]);
    expect(noise.meanCells).toBeCloseTo(mean, 10);
  });

  test("--seed decides what the intervals are drawn by, and the scores stay", async () => {
    const [first, other] = [
      await evaluate(run, "--split", "train"),
      await evaluate(run, "--split", "train", "--seed", "9"),
    ];
    expect([first.bootstrap.seed, other.bootstrap.seed]).toEqual([0, 9]);
    expect(other.mse).toBe(first.mse);
    expect(other.intervals).not.toEqual(first.intervals);
    for (const { mse, intervals } of [other, ...other.outputs]) {
      expect(intervals.mse!.low).toBeLessThan(mse);
      expect(intervals.mse!.high).toBeGreaterThan(mse);
    }
  });

  test("without --json, a table with intervals; few images are said to be few", async () => {
    const { status, stdout, stderr } = await runCli(["evaluate", run, "--split", "train"]);
    expect(status).toBe(0);
    const [title, ...rows] = stdout.trimEnd().split("\n");
    expect(title).toBe("train: 14 images, with 95 % bootstrap intervals over images");
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
      ...["output", "all", "round", "spindle", "granular"],
      "the labels are the fractions in the image: a perfect count has MSE 0",
    ]);
    expect(rows[1]).toMatch(/^all +(-?\d+(\.\d+)? \[-?\d+(\.\d+)?, -?\d+(\.\d+)?\] *){3}$/);
    expect(ownLines(stderr)).toContain("intervals over 14 images are rough, and too narrow as a rule");
  });

  test("--details adds what else there is to say", async () => {
    const { stdout } = await runCli(["evaluate", run, "--split", "train", "--details"]);
    const { keras, composition } = await evaluate(run, "--split", "train");
    expect(stdout).toContain(`mean over batches (the thesis)`);
    expect(stdout).toContain(keras.r2.toFixed(4));
    expect(stdout).toMatch(/\noutput +slope +intercept +bias +sd +limits of agreement\n/);
    expect(stdout).toContain(`sums stray from 1 by ${composition.sumError.toFixed(4)} in the mean`);
  });

  test("counts that are none cost the noise floor and nothing else", async () => {
    const odd = join(root, "odd");
    cpSync(cells, odd, { recursive: true });
    writeFileSync(join(odd, "counts.csv"), "my counts\n");
    const { status, stdout, stderr } = await runCli(["evaluate", run, odd, "--split", "test", "--json"]);
    expect([status, (JSON.parse(stdout) as Evaluation).noise]).toEqual([0, null]);
    expect(ownLines(stderr).join("\n")).toContain(`no noise floor: ${join(odd, "counts.csv")}: expected a header`);
  });
});

describe("images beyond what was trained on", () => {
  const dense = join(root, "dense");
  beforeAll(async () => {
    await train(cells, ...small("--hold-out-densest", "0.2", "--epochs", "1", "--out", dense));
  });

  test("have more cells than any other, are in no other part, and are scored apart", async () => {
    const split = readJson(dense, "split.json") as Record<string, string[]>;
    const rows = csvRows(readText(cells, "counts.csv")).slice(1);
    const countOf = new Map(rows.map(([image, ...own]) => [image, own.reduce((sum, count) => sum + Number(count), 0)]));
    const { outOfRange, ...others } = split;
    const counts = (names: string[]) => names.map((name) => countOf.get(name)!);
    expect(outOfRange.length).toBeGreaterThan(0);
    expect(Math.min(...counts(outOfRange))).toBeGreaterThan(Math.max(...counts(Object.values(others).flat())));

    const { split: name, ...evaluation } = await evaluate(dense, "--split", "out-of-range");
    expect([name, evaluation.n]).toEqual(["out-of-range", outOfRange.length]);
    expect(evaluation).toEqual((readJson(dense, "metrics.json") as Record<string, unknown>)["outOfRange"]);
    const parts = csvRows(readText(dense, "predictions.csv")).filter(([, part]) => part === "outOfRange");
    expect(parts.map(([image]) => image)).toEqual(outOfRange);
    const shown = await runCli(["runs", "show", dense]);
    expect(shown.stdout).toContain(`${outOfRange.length} outOfRange`);
  });

  test("are refused where none were kept out, and where no counts say which", async () => {
    const { stderr } = await runCli(["evaluate", run, "--split", "out-of-range"]);
    expect(stderr).toContain('(train, validation, test, all), got "out-of-range", which is empty');
    const uncounted = join(root, "uncounted");
    cpSync(cells, uncounted, { recursive: true });
    renameSync(join(uncounted, "counts.csv"), join(uncounted, "other.csv"));
    const out = join(root, "never");
    const refused = await runCli(["train", uncounted, ...small("--hold-out-densest", "0.2", "--out", out)]);
    expect([refused.status, ownLines(refused.stderr).at(-1)]).toEqual([
      1,
      `cellgrad: ${join(uncounted, "counts.csv")}: expected a row "image,a,b" with the number of cells of each type ` +
        "for every image, got no such file",
    ]);
    const both = await runCli([
      "train",
      cells,
      ...small("--hold-out-densest", "0.2", "--split-file", "x", "--out", out),
    ]);
    expect(both.status).toBe(2);
  });
});

describe("--uncertainty", () => {
  interface Coverage {
    within1sd: number;
    within196sd: number;
    meanSd: number;
  }
  interface Sampled extends Coverage {
    samples: number;
    seed: number;
    outputs: (Coverage & { name: string })[];
    doubtful: { n: number; rmse: number };
    rest: { n: number; rmse: number };
    threshold: number | null;
  }
  const dropping = join(root, "dropping");
  beforeAll(async () => {
    await train(cells, ...small("--epochs", "2", "--dropout", "0.3", "--out", dropping));
  });

  test("--json has coverage, overall and of each output, and the error of the doubtful tenth beside the rest", async () => {
    const args = [dropping, "--split", "train", "--uncertainty", "--samples", "6", "--seed", "3"];
    const evaluation = (await evaluate(...args)) as Evaluation & { uncertainty: Sampled };
    const { samples, seed, outputs, doubtful, rest, threshold, ...overall } = evaluation.uncertainty;
    expect([samples, seed, doubtful.n, rest.n]).toEqual([6, 3, 2, 12]);
    expect(outputs.map(({ name }) => name)).toEqual(["round", "spindle", "granular"]);
    for (const key of ["within1sd", "within196sd", "meanSd"] as const) {
      expect(overall[key]).toBeCloseTo(
        outputs.reduce((sum, own) => sum + own[key] / 3, 0),
        12,
      );
    }
    expect(overall.within1sd).toBeLessThanOrEqual(overall.within196sd);
    expect(threshold).toBeGreaterThan(0);
    expect(await evaluate(...args)).toEqual(evaluation);
    // The scores are those of the prediction without dropout, as always.
    const { uncertainty: _, ...scores } = evaluation;
    expect(scores).toEqual(await evaluate(dropping, "--split", "train", "--seed", "3"));
  });

  test("is printed beside what is nominal", async () => {
    const { status, stdout } = await runCli(["evaluate", dropping, "--split", "train", "--uncertainty"]);
    expect(status).toBe(0);
    const lines = stdout.split("\n");
    const at = lines.findIndex((line) => line.startsWith("uncertainty from 30 predictions with dropout, seed 0"));
    expect(lines.slice(at + 1, at + 7).map((line) => line.split(/ {2,}/)[0])).toEqual([
      ...["output", "(if normal)", "all", "round", "spindle", "granular"],
    ]);
    expect(lines[at + 2]).toMatch(/^\(if normal\) +68 % +95 %$/);
    expect(lines[at + 7]).toMatch(/^RMSE of the tenth that vary most \(2 images\): [\d.]+; of the other 12: [\d.]+$/);
    expect(lines[at + 8]).toMatch(/^a tenth of the validation images vary by more than \d\.\d{4}: /);
  });

  test("on other data there is a coverage and no threshold", async () => {
    const other = await makeCells(join(root, "doubted"), 5);
    const { status, stdout, stderr } = await runCli(["evaluate", dropping, other, "--uncertainty", "--json"]);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { uncertainty: Sampled }).uncertainty.threshold).toBeNull();
    expect(stderr).toContain(`without validation images of ${dropping} there is no threshold`);
  });

  test("other data with images of the same names leave the run's threshold as it was", async () => {
    const other = await makeCells(join(root, "namesakes"), 20);
    expect((await runCli(["evaluate", dropping, cells, "--uncertainty"])).status).toBe(0);
    const threshold = readText(dropping, "uncertainty.json");
    const { status, stdout } = await runCli(["evaluate", dropping, other, "--uncertainty", "--samples", "5", "--json"]);
    expect([status, (JSON.parse(stdout) as { uncertainty: Sampled }).uncertainty.threshold]).toEqual([0, null]);
    expect(readText(dropping, "uncertainty.json")).toBe(threshold);
  });

  test("is refused for a network that drops nothing", async () => {
    const { status, stderr } = await runCli(["evaluate", run, "--uncertainty"]);
    expect([status, ownLines(stderr)[0]]).toEqual([
      2,
      expect.stringMatching(
        /^cellgrad: --uncertainty: expected a network with dropout, .* got one that drops nothing;/,
      ),
    ]);
  });
});

describe("on other data", () => {
  test("all images are scored, with the outputs joined by name", async () => {
    const other = join(root, "swapped");
    cpSync(cells, other, { recursive: true });
    // The columns in another order, and images fewer than a batch.
    const [header, ...rows] = csvRows(readText(cells, "labels.csv"));
    const swapped = [header, ...rows.slice(0, 5)].map(([image, a, b, c]) => [image, c, a, b].join(","));
    writeFileSync(join(other, "labels.csv"), swapped.join("\n"));
    const first = join(root, "first");
    cpSync(cells, first, { recursive: true });
    writeFileSync(join(first, "labels.csv"), [header, ...rows.slice(0, 5)].map((row) => row.join(",")).join("\n"));
    const evaluation = await evaluate(run, other, "--ignore-unlabelled");
    expect([evaluation.split, evaluation.n]).toEqual(["all", 5]);
    expect(evaluation).toEqual(await evaluate(run, first, "--ignore-unlabelled"));
  });

  test("the run's own data elsewhere keep their split", async () => {
    const moved = join(root, "moved");
    cpSync(cells, moved, { recursive: true });
    expect(await evaluate(run, moved, "--split", "test")).toEqual(await evaluate(run));
  });
});

describe("refused", () => {
  const without = (...lines: string[]) => lines.filter((line) => !/^(adapter|see)/.test(line));

  test("a part without images", async () => {
    const empty = spoilt("empty", (copy) => {
      const { train, validation, test } = readJson(copy, "split.json") as Record<string, string[]>;
      writeFileSync(join(copy, "split.json"), JSON.stringify({ train: [...train, ...test], validation, test: [] }));
    });
    const { status, stderr } = await runCli(["evaluate", empty]);
    expect([status, ...without(...ownLines(stderr))]).toEqual([
      2,
      `cellgrad: --split: expected a part of ${empty} that has images (train, validation, all), got "test", which is empty`,
    ]);
  });

  test("a part of other images", async () => {
    const other = await makeCells(join(root, "other"), 21);
    const { status, stderr } = await runCli(["evaluate", run, other, "--split", "test"]);
    expect([status, ...without(...ownLines(stderr))]).toEqual([
      2,
      `cellgrad: --split: expected "all" for a data set with other images than ${run} has, got "test"`,
    ]);
  });

  test("an image without a label, unless it may be left out", async () => {
    const other = join(root, "unlabelled");
    cpSync(cells, other, { recursive: true });
    const labels = readText(cells, "labels.csv").trimEnd().split("\n");
    writeFileSync(join(other, "labels.csv"), labels.slice(0, -1).join("\n"));
    const { status, stderr } = await runCli(["evaluate", run, other]);
    expect([status, ...ownLines(stderr)]).toEqual([
      1,
      `cellgrad: ${other}: expected labels for every image, got none for "img0019.png"; ` +
        "add them, remove the images, or set ignoreUnlabelled (--ignore-unlabelled)",
    ]);
  });

  const table: [what: string, spoil: (copy: string) => void, line: RegExp][] = [
    [
      "no run",
      (copy) => renameSync(copy, `${copy}-away`),
      /RUN: expected a run's folder, got nothing of that name\. Make one with cellgrad train\.$/,
    ],
    [
      "a truncated checkpoint",
      (copy) => truncateSync(join(copy, "best.safetensors"), 9000),
      /RUN\/best\.safetensors: expected \d+ bytes of data after the header, got \d+\. The file is damaged .* copy or write it again\.$/,
    ],
    [
      "a checkpoint that is none",
      (copy) => writeFileSync(join(copy, "best.safetensors"), "hello"),
      /RUN\/best\.safetensors: expected a safetensors file of at least 8 bytes, got 5\. The file is damaged/,
    ],
    [
      "a checkpoint of another model",
      (copy) => {
        const text = readText(copy, "config.json");
        writeFileSync(join(copy, "config.json"), text.replace('"size": 16', '"size": 20'));
      },
      /RUN\/best\.safetensors: expected dense1\.weight \[144, 32\], got \[64, 32\]\. It belongs to another model: check the preset, the size and the outputs\.$/,
    ],
    [
      "data that were moved",
      (copy) => {
        const text = readText(copy, "config.json");
        writeFileSync(join(copy, "config.json"), text.replace(JSON.stringify(cells), '"gone"'));
      },
      /gone: expected the data set of RUN, got nothing of that name\. If it was moved, say where it is: cellgrad evaluate RUN DATA --split test$/,
    ],
  ];

  test.concurrent.each(table)("%s", async (what, spoil, line) => {
    const copy = spoilt(what, spoil);
    const { status, stdout, stderr } = await runCli(["evaluate", copy, "--json"]);
    expect([status, stdout]).toEqual([1, ""]);
    const lines = without(...ownLines(stderr)).map((text) => text.replaceAll(copy, "RUN"));
    expect(lines).toEqual([expect.stringMatching(/^cellgrad: /)]);
    expect(lines[0]).toMatch(line);
  });
});
