/** `train --resume`: a run that was stopped ends as one that was not, and stays what it was. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, readText, readWeights, small, temporaryFolder, train, type TrainResult } from "../support/run.ts";

const root = temporaryFolder();
/** 20 images: 14 train, in batches of 8 and 6. */
const cells = join(root, "cells");
/** Chance in the order of images, in augmentation and in dropout, all of which have to go on where they stopped. */
const chance = small("--dropout", "0.25", "--augment", "thesis-code", "--seed", "3");
/** A learning rate that falls within a few epochs, and an end that would come after many. */
const schedule = "plateau:factor=0.5,patience=1,minDelta=0.02,cooldown=1";
const options = [...chance, "--schedule", schedule, "--early-stopping", "300", "--no-evaluate-training"];
const whole = join(root, "whole");
let expected: TrainResult;
beforeAll(async () => {
  await makeCells(cells, 20);
  expected = await train(cells, ...options, "--epochs", "4", "--out", whole);
});

/** The history without the times, which differ from run to run. */
const historyOf = (run: string) =>
  readText(run, "history.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0, imagesPerSecond: 0 }));

describe("the weights, the history and the scores are those of a run without a stop", () => {
  test("after two epochs of four", async () => {
    const out = join(root, "epochs");
    await train(cells, ...options, "--epochs", "2", "--out", out);
    const resumed = await train(cells, "--resume", "--epochs", "4", "--out", out);
    expect({ ...resumed, seconds: 0, run: "" }).toEqual({ ...expected, seconds: 0, run: "" });
    expect(historyOf(out)).toEqual(historyOf(whole));
    for (const file of ["metrics.json", "predictions.csv", "split.json", "config.json"]) {
      expect(readText(out, file), file).toBe(readText(whole, file));
    }
  });

  test("after the first step of an epoch", async () => {
    const out = join(root, "steps");
    const stopped = await train(cells, ...options, "--epochs", "4", "--max-steps", "5", "--out", out);
    expect([stopped.epochs, stopped.steps]).toEqual([2, 5]);
    const { weightsSha256 } = await train(cells, "--resume", "--out", out);
    expect(weightsSha256).toBe(expected.weightsSha256);
    expect(historyOf(out)).toEqual(historyOf(whole));
    expect(readText(out, "metrics.json")).toBe(readText(whole, "metrics.json"));
  });

  test("after Ctrl-C, which exits with 130, keeps the weights and leaves no scores", async () => {
    const out = join(root, "interrupted");
    const args = ["train", cells, ...options, "--epochs", "400", "--json", "--out", out];
    const { status, stdout, stderr } = await runCli(args, {}, /^epoch 2/m);
    expect([status, stdout]).toEqual([130, ""]);
    const steps = Number(readWeights(out, "last.safetensors").metadata["step"]);
    expect(steps).toBeGreaterThanOrEqual(4);
    expect(ownLines(stderr).filter((line) => !/^(epoch|note:|learning rate) /.test(line))).toEqual([
      expect.stringMatching(/^data: /),
      expect.stringMatching(/^adapter: /),
      "stopping after this step; Ctrl-C again stops at once",
      `stopped after ${steps} steps; go on with: cellgrad train ${cells} --out ${out} --resume`,
    ]);
    expect(readdirSync(out).sort()).toEqual([
      "best.safetensors",
      "config.json",
      "history.csv",
      "history.jsonl",
      "last.safetensors",
      "split.json",
    ]);
    const until = ["--max-steps", String(steps + 3)];
    const resumed = await train(cells, "--resume", ...until, "--out", out);
    const unstopped = await train(cells, ...options, "--epochs", "400", ...until, "--out", join(root, "unstopped"));
    expect(resumed.steps).toBe(steps + 3);
    expect(resumed.weightsSha256).toBe(unstopped.weightsSha256);
  });
});

test("a run from before there were augmentation, schedules and callbacks had none, and still goes on", async () => {
  const [out, other] = [join(root, "before"), join(root, "none")];
  const args = small("--seed", "3", "--augment", "none");
  await train(cells, ...args, "--epochs", "1", "--out", out);
  const config = JSON.parse(readText(out, "config.json")) as {
    preset: Record<string, unknown>;
    evaluateTraining?: boolean;
  };
  expect(config.preset["augment"]).toMatchObject({ name: "none", rotation: [0, 0] });
  for (const later of ["augment", "schedule", "earlyStopping", "metrics", "accepts"]) {
    expect(config.preset).toHaveProperty(later);
    Reflect.deleteProperty(config.preset, later);
  }
  delete config.evaluateTraining;
  writeFileSync(join(out, "config.json"), JSON.stringify(config));
  const resumed = await train(cells, "--resume", "--epochs", "2", "--out", out);
  const unstopped = await train(cells, ...args, "--epochs", "2", "--out", other);
  expect(resumed.weightsSha256).toBe(unstopped.weightsSha256);
  expect((await runCli(["evaluate", out])).status).toBe(0);
});

test("a finished run with no more epochs is scored again and stays as it is", async () => {
  const out = join(root, "finished");
  cpSync(whole, out, { recursive: true });
  const { status, stdout, stderr } = await runCli(["train", cells, "--resume", "--json", "--out", out]);
  expect([status, stderr]).toEqual([
    0,
    expect.stringContaining("the run has its 4 epochs already; --epochs adds more\n"),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ weightsSha256: expected.weightsSha256, best: expected.best });
  for (const file of readdirSync(whole))
    expect(readFileSync(join(out, file)), file).toEqual(readFileSync(join(whole, file)));
});

describe("refused", () => {
  let copies = 0;

  /** Resumes a copy of the run that `spoil` has changed. The paths in the answer are relative to it. */
  async function refusal(args: readonly string[], spoil: (run: string) => void = () => undefined, data = cells) {
    const out = join(root, `copy${copies++}`);
    cpSync(whole, out, { recursive: true });
    spoil(out);
    const { status, stderr } = await runCli(["train", data, "--resume", "--out", out, ...args]);
    const lines = ownLines(stderr).filter((line) => !line.startsWith("data: ") && !line.startsWith("see "));
    return { status, lines: lines.map((line) => line.replaceAll(`${out}/`, "").replaceAll(out, "RUN")) };
  }

  test.concurrent.each([
    ["--preset", "rnet", "tiny"],
    ["--batch", "7", "8"],
    ["--size", "18", "16"],
    ["--resize", "cv2-linear", "area"],
    ["--dropout", "0", "0.25"],
    ["--augment", "none", "thesis-code"],
    ["--activation", "leaky-relu", "relu"],
    ["--head", "softmax", "linear"],
    ["--loss", "mae", "mse"],
    ["--l2", "0.1", "0"],
    ["--optimizer", "adam", "rmsprop"],
    ["--lr", "0.01", "0.001"],
    ["--schedule", "cosine:alpha=0", "plateau:factor=0.5,patience=1,minDelta=0.02,cooldown=1,minLearningRate=0"],
    ["--early-stopping", "4", "300"],
    ["--seed", "4", "3"],
    ["--label-columns", "round", "round,spindle,granular"],
  ])("another %s", async (option, value, own) => {
    const { status, lines } = await refusal([option, value]);
    expect([status, lines]).toEqual([
      2,
      [`cellgrad: ${option}: expected the run's own ${own} with --resume, got ${value}`],
    ]);
  });

  test.concurrent.each([
    ["--no-shuffle", "--shuffle: expected the run's own true with --resume, got false"],
    ["--evaluate-training", "--evaluate-training: expected the run's own false with --resume, got true"],
    ["--no-fuse", "--fuse: expected the run's own true with --resume, got false"],
    ["--ignore-unlabelled", "--ignore-unlabelled: expected the run's own false with --resume, got true"],
  ])("%s", async (option, line) => {
    const { status, lines } = await refusal([option]);
    expect([status, lines]).toEqual([2, [`cellgrad: ${line}`]]);
  });

  test("fewer epochs than the run has", async () => {
    const { status, lines } = await refusal(["--epochs", "3"]);
    expect([status, lines]).toEqual([2, ["cellgrad: --epochs: expected at least the 4 that the run has begun, got 3"]]);
  });

  test.concurrent.each<[what: string, spoil: (run: string) => void, line: RegExp]>([
    [
      "a truncated checkpoint",
      (run) => truncateSync(join(run, "last.safetensors"), 5000),
      /^last\.safetensors: expected .* got .*\. The file is damaged or of another kind: copy or write it again\.$/,
    ],
    [
      "no checkpoint",
      (run) => rmSync(join(run, "last.safetensors")),
      /: expected a run with a checkpoint to go on from, got one that ended before its first\. Remove it and begin again without --resume$/,
    ],
    [
      "a configuration with a wrong field",
      (run) => replace(join(run, "config.json"), '"seed": 3', '"seed": "three"'),
      /^config\.json: expected a run's configuration in JSON, got a mistake at \$\.seed: .*expected number/,
    ],
    [
      "a configuration with an unknown field",
      (run) => replace(join(run, "config.json"), '"seed": 3', '"seed": 3, "sead": 4'),
      /^config\.json: expected a run's configuration in JSON, got a mistake at \$: .*"sead"/,
    ],
    [
      "a configuration that is no JSON",
      (run) => truncateSync(join(run, "config.json"), 100),
      /^config\.json: expected a run's configuration in JSON, got other text \(/,
    ],
    [
      "a folder without a run",
      (run) => rmSync(join(run, "config.json")),
      /^RUN: expected a run's folder, got one without config\.json\. Leave --resume away to begin one\.$/,
    ],
  ])("%s", async (_, spoil, line) => {
    const { status, lines } = await refusal([], spoil);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^cellgrad: /)]);
    expect(lines[0].slice("cellgrad: ".length)).toMatch(line);
  });

  test("data with more images", async () => {
    const other = await makeCells(join(root, "other"), 21);
    const { status, lines } = await refusal(["--epochs", "5"], undefined, other);
    expect([status, lines]).toEqual([
      1,
      [
        `cellgrad: ${other}: expected the 20 images that the run began with, got 21. ` +
          "For a new run with its weights leave --resume away and add --init-from last.safetensors.",
      ],
    ]);
  });

  const replace = (file: string, from: string, to: string) => {
    const text = readText(file);
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  };
});

test("a run that stops being resumed is not finished: its scores go first", async () => {
  const out = join(root, "unscored");
  cpSync(whole, out, { recursive: true });
  const { status } = await runCli(["train", cells, "--resume", "--epochs", "400", "--out", out], {}, /^epoch 5/m);
  expect(status).toBe(130);
  expect(existsSync(join(out, "metrics.json"))).toBe(false);
  expect(existsSync(join(out, "predictions.csv"))).toBe(false);
});
