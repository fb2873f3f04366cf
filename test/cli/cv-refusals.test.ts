/** What `cv` refuses, before a device opens and before a file is written. */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cvOptions } from "../../src/cli/cv-options.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, readText, small, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();
/** 24 images, of which 4 are held out. */
const cells = join(root, "cells");
const begun = join(root, "begun");
const asked = [...small("--epochs", "1", "--seed", "3"), "--folds", "2", "--vary", "loss=mse,mae"];
beforeAll(async () => {
  await makeCells(cells, 24);
  const { status, stderr } = await runCli(["cv", cells, ...asked, "--out", begun]);
  expect(status, stderr).toBe(0);
});

let cases = 0;

/** The status and the line of the error, in which paths are relative to the test's folder. */
async function refusal(args: readonly string[], out = join(root, `case${cases++}`), data = cells) {
  const existed = existsSync(out);
  const { status, stdout, stderr } = await runCli(["cv", data, ...args, "--out", out]);
  expect(stdout).toBe("");
  expect(existsSync(out)).toBe(existed);
  const lines = ownLines(stderr).filter((line) => !/^(data|note|adapter|see)[: ]/.test(line));
  return { status, lines: lines.map((line) => line.replaceAll(`${root}/`, "").replace(/^cellgrad: /, "")) };
}

const names =
  "preset, epochs, batch, size, resize, augment, dropout, lr, optimizer, loss, l1, l2, activation, head, skip, " +
  "schedule, early-stopping";

test.concurrent.each([
  [["--vary", "skip=yes"], '--vary: --skip: expected true or false, got "yes"'],
  [["--vary", "loss"], '--vary: expected OPTION=VALUE,VALUE, such as loss=mse,mae,huber, got "loss"'],
  [["--vary", "=mse"], '--vary: expected OPTION=VALUE,VALUE, such as loss=mse,mae,huber, got "=mse"'],
  [["--vary", "seed=1,2"], `--vary: expected an option of train that changes a preset (${names}), got "seed"`],
  [["--vary", "toString=1"], `--vary: expected an option of train that changes a preset (${names}), got "toString"`],
  [["--vary", "loss=mse,rmse"], '--vary: --loss: expected one of mse, mae, huber, got "rmse"'],
  [["--vary", "lr=0.1,fast"], '--vary: --lr: expected a number of at least 1e-12, got "fast"'],
  [["--vary", "loss=mse,,mae"], '--vary: --loss: expected one of mse, mae, huber, got ""'],
  [["--vary", "lr=0.01,1e-2"], "--vary: expected different values of lr, got 0.01 twice"],
  [
    ["--vary", "loss=mse", "--vary", "loss=mae"],
    "--vary: expected each option once, got loss twice; write all of its values in one list",
  ],
  [
    ["--vary", "loss=mse,mae", "--loss", "huber"],
    "--loss: expected it in --vary or on its own, got huber beside --vary loss=mse,mae",
  ],
  [["--folds", "1"], '--folds: expected an integer of at least 2, got "1"'],
  [["--by", "mape"], '--by: expected one of mse, mae, rmse, r2, got "mape"'],
  [["--max-steps", "3"], "Unknown arguments: max-steps, maxSteps"],
])("%j", async (args, line) => {
  const { status, lines } = await refusal(args);
  expect([status, lines]).toEqual([2, [line]]);
});

test("a schedule keeps its options", () => {
  const values = ["constant", "plateau:factor=0.2,patience=5"];
  expect(cvOptions.vary.coerce(`schedule=${values.join()}`)).toEqual([{ option: "schedule", values }]);
});

test("a batch that one variant cannot train, in one of the folds", async () => {
  const { status, lines } = await refusal(["--preset", "tiny", "--vary", "batch=8,7", "--folds", "4"]);
  expect(status).toBe(2);
  expect(lines).toEqual([
    expect.stringMatching(/^--batch: expected batches .*, got 15 images in batches of 7, the last of 1: /),
  ]);
});

test("a size that is too small for one variant", async () => {
  const { status, lines } = await refusal(["--preset", "tiny", "--vary", "size=16,2"]);
  expect(status).toBe(2);
  expect(lines[0]).toMatch(/^--size: expected images large enough for the network "tiny", got 2 x 2/);
});

test("a variant with a softmax head on labels that are no parts of 1, which lint finds", async () => {
  const labels = ["--label-columns", "round,spindle", "--vary", "head=linear,softmax"];
  const { status, lines } = await refusal([...small(...labels), "--folds", "2"]);
  const line =
    "cells: expected a set-up that can be trained, got one that cannot: labels are no parts of 1, which is all that a " +
    "softmax output can give; take --head linear";
  expect([status, lines]).toEqual([1, [line]]);
});

test("more folds than images", async () => {
  const { status, lines } = await refusal([...small(), "--folds", "21"]);
  const line = "folds: expected an image for each of the 21 folds, got 20; add images or take fewer folds";
  expect([status, lines]).toEqual([1, [line]]);
});

test("a folder that exists", async () => {
  const { status, lines } = await refusal(asked, begun);
  const line = "--out: expected a new folder, got begun, which exists. Go on with --resume or name another.";
  expect([status, lines]).toEqual([2, [line]]);
});

describe("to resume", () => {
  test.concurrent.each([
    [["--folds", "3"], "--folds: expected the run's own 2 with --resume, got 3"],
    [["--vary", "loss=mse"], "--vary: expected the run's own loss=mse,mae with --resume, got loss=mse"],
    [["--quick"], "--quick: expected the run's own false with --resume, got true"],
    [["--split", "0.8,0.1,0.1"], "--split: expected the run's own 0.7,0.15,0.15 with --resume, got 0.8,0.1,0.1"],
    [["--split-file", "a.json"], "--split-file: expected the run's own 0.7,0.15,0.15 with --resume, got a.json"],
    [["--epochs", "2"], "--epochs: expected the run's own 1 with --resume, got 2"],
    [["--seed", "4"], "--seed: expected the run's own 3 with --resume, got 4"],
    [["--optimizer", "sgd"], "--optimizer: expected the run's own rmsprop with --resume, got sgd"],
    [["--batch", "4"], "--batch: expected the run's own 8 with --resume, got 4"],
    [["--no-fuse"], "--fuse: expected the run's own true with --resume, got false"],
  ])("with %j", async (args, line) => {
    const { status, lines } = await refusal(["--resume", ...args], begun);
    expect([status, lines]).toEqual([2, [line]]);
  });

  test("a folder without a cross-validation", async () => {
    const out = join(root, "empty");
    mkdirSync(out);
    const cure = "Leave --resume away to begin one, in a new folder.";
    expect(await refusal(["--resume"], out)).toEqual({
      status: 1,
      lines: [`empty: expected a cross-validation's folder, got one without cv.json. ${cure}`],
    });
    expect(await refusal(["--resume"])).toEqual({
      status: 1,
      lines: [expect.stringMatching(/^case\d+: expected a cross-validation's folder, got nothing of that name\. /)],
    });
  });

  test("with more images", async () => {
    const other = await makeCells(join(root, "other"), 25);
    const { status, lines } = await refusal(["--resume"], begun, other);
    const line = "other: expected the 24 images that the cross-validation began with, got 25";
    expect([status, lines]).toEqual([1, [line]]);
  });

  test("with other folds", async () => {
    const out = join(root, "refolded");
    cpSync(begun, out, { recursive: true });
    const file = join(out, "folds.json");
    writeFileSync(file, readText(file).replace("img0001.png", "img0002.png"));
    const { status, lines } = await refusal(["--resume"], out);
    expect(status).toBe(1);
    expect(lines[0]).toMatch(
      /^refolded\/folds\.json: expected each image of the data set once, got "img0002\.png" twice/,
    );
  });

  test("where a run's history was lost", async () => {
    const out = join(root, "lost");
    cpSync(begun, out, { recursive: true });
    rmSync(join(out, "loss=mae/fold2/history.jsonl"));
    const { status, lines } = await refusal(["--resume"], out);
    expect([status, lines.at(-1)]).toEqual([
      1,
      "lost/loss=mae/fold2: expected a run that was scored, got one without scores; remove it and use --resume",
    ]);
  });
});
