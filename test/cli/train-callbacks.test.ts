/** Schedules, early stopping and conventions of metrics, as `train` and `evaluate` show them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, readJson, readText, small, temporaryFolder, train } from "../support/run.ts";

const root = temporaryFolder();
/** 20 images: 14 train, 3 validate. */
const cells = join(root, "cells");
const run = join(root, "run");
/** No loss is better by 1: the rate falls after epoch 2. */
const schedule = "plateau:factor=0.2,patience=1,minDelta=1,cooldown=9";
let lines: string[];
beforeAll(async () => {
  await makeCells(cells, 20);
  const args = small("--epochs", "3", "--schedule", schedule, "--early-stopping", "2", "--out", run);
  const { status, stderr } = await runCli(["train", cells, ...args]);
  expect(status, stderr).toBe(0);
  lines = ownLines(stderr);
});

const history = () =>
  readText(run, "history.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { learningRate: number; trainEvaluated: { loss: number } | null });

test("a change of the rate is told after its epoch's line, and is in the history", () => {
  const at = lines.findIndex((line) => line.startsWith("epoch 2/3 "));
  expect(lines[at + 1]).toBe("learning rate 0.001 -> 0.0002: no improvement of validation loss in 1 epoch");
  expect(history().map(({ learningRate }) => Math.fround(learningRate))).toEqual(
    [0.001, 0.001, Math.fround(0.001) * 0.2].map(Math.fround),
  );
});

test("what can never act is noted once", () => {
  expect(lines.filter((line) => line.startsWith("note: schedule: "))).toEqual([
    "note: schedule: early stopping never acts: it waits for 2 epochs without improvement, and there are 3",
  ]);
});

test("training images are scored in evaluation mode, unless that is saved", async () => {
  expect(history().map(({ trainEvaluated }) => trainEvaluated?.loss)).toEqual(Array(3).fill(expect.any(Number)));
  const out = join(root, "saved");
  await train(cells, ...small("--epochs", "1", "--no-evaluate-training", "--out", out));
  expect(JSON.parse(readText(out, "history.jsonl"))).toMatchObject({ trainEvaluated: null });
  expect(readJson(out, "config.json")).toMatchObject({ evaluateTraining: false });
});

test("a run that early stopping ended stays so", async () => {
  const out = join(root, "stopped");
  await train(cells, ...small("--epochs", "1", "--early-stopping", "1", "--out", out));
  // So that no epoch is better than the first.
  const config = readJson(out, "config.json") as { preset: { earlyStopping: object } };
  Object.assign(config.preset.earlyStopping, { minDelta: 10 });
  writeFileSync(join(out, "config.json"), JSON.stringify(config));
  const { stderr } = await runCli(["train", cells, "--resume", "--epochs", "9", "--out", out]);
  expect(ownLines(stderr).at(-1)).toMatch(
    /^stopped early: no improvement of validation loss in 1 epoch, the best was /,
  );
  const again = await runCli(["train", cells, "--resume", "--epochs", "12", "--out", out]);
  expect(ownLines(again.stderr)[0]).toBe(
    "early stopping ended the run after 2 epochs; a new run can go on with --init-from",
  );
  expect(readText(out, "history.jsonl").trimEnd().split("\n")).toHaveLength(2);
});

test("a cosine ends with the run's epochs, which then stay", async () => {
  const out = join(root, "cosine");
  await train(cells, ...small("--epochs", "2", "--max-steps", "2", "--schedule", "cosine", "--out", out));
  const { status, stderr } = await runCli(["train", cells, "--resume", "--epochs", "3", "--out", out]);
  expect([status, ownLines(stderr)[0]]).toEqual([
    2,
    "cellgrad: --epochs: expected the 2 over which the run's cosine schedule ends, got 3",
  ]);
  await train(cells, "--resume", "--epochs", "2", "--out", out);
});

test.each([
  [["--early-stopping", "3"], "--early-stopping: expected images that validate, got none. Use --split to keep some."],
  [
    ["--schedule", "plateau"],
    "--schedule: expected images that validate for a plateau, got none. Use --split to keep some, or take step or cosine.",
  ],
])("%j without a validation is refused", async (args, message) => {
  const options = small(...args, "--split", "1,0,0", "--out", join(root, "refused"));
  const { status, stderr } = await runCli(["train", cells, ...options]);
  expect([status, ownLines(stderr).slice(1)]).toEqual([2, [`cellgrad: ${message}`, "see cellgrad train --help"]]);
});

test("means over batches come first where the preset has them", async () => {
  const config = readJson(run, "config.json") as { preset: object };
  Object.assign(config.preset, { metrics: "keras-batch" });
  writeFileSync(join(run, "config.json"), JSON.stringify(config));
  const resumed = await runCli(["train", cells, "--resume", "--epochs", "4", "--out", run]);
  expect(resumed.stderr).toMatch(/^epoch 4\/4 .* validation \d\.\d{5} \(by batch: RMSE \d\.\d{4}, R2 -?\d+\.\d{3}\)/m);
  const args = ["evaluate", run, "--split", "train"];
  const { rmse, keras } = JSON.parse((await runCli([...args, "--json"])).stdout) as {
    rmse: number;
    keras: { rmse: number; r2: number };
  };
  expect(rmse).not.toBe(keras.rmse);
  const { stdout } = await runCli([...args, "--details"]);
  const rows = stdout.split("\n").filter((line) => line.startsWith("all, by batch "));
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(new RegExp(`${keras.r2.toPrecision(4)}$`));
  expect(rows[1]).toContain(` ${keras.rmse.toPrecision(4)} `);
});
