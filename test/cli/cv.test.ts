/** `cv` from the outside: its runs, its result, and that a stop changes nothing. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { CrossValidationPlan } from "../../src/nn/cross-validation-plan.ts";
import type { CrossValidationResult } from "../../src/nn/cross-validation-result.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, makeCells, readJson, readText, small, temporaryFolder, train } from "../support/run.ts";

const root = temporaryFolder();
/** 24 images: 4 are held out, 10 train in batches of 8 and 2, 10 validate. */
const cells = join(root, "cells");
const whole = join(root, "whole");
/** Chance in the order of images, in augmentation and in dropout. */
const shared = small("--dropout", "0.25", "--augment", "thesis-code", "--epochs", "6");
const asked = [...shared, "--folds", "2", "--vary", "loss=mse,mae", "--seed", "3"];
const runs = ["loss=mse/fold1", "loss=mse/fold2", "loss=mae/fold1", "loss=mae/fold2"];

type Document = CrossValidationPlan & { out: string; result: CrossValidationResult };
interface SplitFile {
  train: string[];
  validation: string[];
  test: string[];
}

let document: Document;
let stderr: string;
beforeAll(async () => {
  await makeCells(cells, 24);
  const cli = await runCli(["cv", cells, ...asked, "--out", whole, "--json"]);
  expect(cli.status, cli.stderr).toBe(0);
  document = JSON.parse(cli.stdout) as Document;
  stderr = cli.stderr;
});

describe("two losses on two folds", () => {
  test("say on stderr what is ahead, which training runs, and nothing of single epochs", () => {
    const lines = ownLines(stderr).filter((line) => !line.startsWith("note: "));
    const finished = runs.map((run, i) => {
      const [variant = "", fold = ""] = run.split("/fold");
      return expect.stringMatching(
        new RegExp(`^${i + 1}/4  ${variant}  fold ${fold}/2  best epoch \\d/6: MSE [\\d.e-]+, R2 -?[\\d.]+`),
      ) as string;
    });
    expect(lines).toEqual([
      expect.stringMatching(/^data: 24 images/),
      "4 trainings: 2 variants on 2 folds",
      "folds: 20 images, about 10 each; 4 are held out of all",
      expect.stringMatching(/^adapter: /),
      ...finished,
    ]);
    expect(lines.at(-2)).toMatch(/ {2}about \d+:\d\d left$/);
    expect(lines.at(-1)).not.toContain("left");
  });

  test("leave a run for each, and the plan with the result", () => {
    expect(readdirSync(whole).sort()).toEqual(["cv.csv", "cv.json", "cv.svg", "folds.json", "loss=mae", "loss=mse"]);
    expect(document.result.trainings.map(({ run }) => run)).toEqual(runs);
    const { out, ...rest } = document;
    expect(out).toBe(whole);
    expect(readJson(whole, "cv.json")).toEqual(rest);
    expect(rest).toMatchObject({ folds: 2, split: "0.7,0.15,0.15", quick: false });
    expect(csvRows(readText(whole, "cv.csv"))).toHaveLength(5);
    expect(readText(whole, "cv.svg")).toMatch(/^<svg /);
  });

  test("the folds validate in turn, are disjoint and cover all but the test part, which is that of train", async () => {
    const [first, second] = ["fold1", "fold2"].map(
      (fold) => readJson(whole, "loss=mse", fold, "split.json") as SplitFile,
    );
    expect(readJson(whole, "loss=mae", "fold1", "split.json")).toEqual(first);
    expect([first.train, first.validation]).toEqual([second.validation, second.train]);
    expect(new Set([...first.train, ...first.validation, ...first.test]).size).toBe(24);
    expect(readJson(whole, "folds.json")).toEqual({ folds: [first.validation, second.validation], test: first.test });
    const plain = join(root, "plain");
    await train(cells, ...small("--seed", "3", "--max-steps", "0", "--out", plain));
    expect((readJson(plain, "split.json") as SplitFile).test).toEqual(first.test);
  });

  test("a run is what train makes of the fold's split and seed, in the same bits", async () => {
    for (const [run, seed] of [
      ["loss=mae/fold1", "3"],
      ["loss=mae/fold2", "4"],
    ] as const) {
      const out = join(root, `train${seed}`);
      const split = join(whole, run, "split.json");
      await train(
        cells,
        ...shared,
        ...["--loss", "mae", "--seed", seed, "--split-file", split, "--no-evaluate-training", "--out", out],
      );
      for (const file of ["best.safetensors", "last.safetensors", "config.json"])
        expect(readText(out, file) === readText(whole, run, file), file).toBe(true);
      const { train: trained, validation } = readJson(out, "metrics.json") as Record<string, unknown>;
      expect(readJson(whole, run, "metrics.json")).toEqual({ train: trained, validation });
    }
  });

  test("scores are those of validation, at the best epoch; images of the test part were not predicted", () => {
    for (const { run, epoch, mse, r2, n } of document.result.trainings) {
      expect(readJson(whole, run, "metrics.json")).toMatchObject({ validation: { mse, r2, n } });
      const history = readText(whole, run, "history.jsonl").trimEnd().split("\n");
      const losses = history.map((line) => (JSON.parse(line) as { val: { loss: number } }).val.loss);
      expect(epoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
      expect(new Set(csvRows(readText(whole, run, "predictions.csv")).map(([, part]) => part))).toEqual(
        new Set(["split", "train", "validation"]),
      );
    }
  });

  test("its runs can be listed and evaluated, also on the test part", async () => {
    const { stdout } = await runCli(["runs", "list", join(whole, "loss=mse"), "--json"]);
    const { runs: listed } = JSON.parse(stdout) as { runs: { finished: boolean }[] };
    expect(listed.map(({ finished }) => finished)).toEqual([true, true]);
    const { status } = await runCli(["evaluate", join(whole, "loss=mae/fold2"), "--split", "test"]);
    expect(status).toBe(0);
  });
});

/** Everything but times: the result, and each run's weights and scores. */
function expectSameResult(out: string): void {
  for (const file of ["cv.json", "cv.csv", "cv.svg", "folds.json"])
    expect(readText(out, file), file).toBe(readText(whole, file));
  for (const run of runs)
    for (const file of ["best.safetensors", "last.safetensors", "metrics.json", "predictions.csv", "split.json"])
      expect(readText(out, run, file) === readText(whole, run, file), `${run}/${file}`).toBe(true);
}

const finishedLines = (text: string) => ownLines(text).filter((line) => /^\d+\/4 /.test(line));

describe("a stop changes nothing", () => {
  test("killed within a training, it goes on from that one's last epoch, and not from the first training", async () => {
    const out = join(root, "killed");
    const checkpoint = join(out, runs[1] ?? "", "last.safetensors");
    await killedWhen(["cv", cells, ...asked, "--out", out], () => existsSync(checkpoint));
    expect(existsSync(join(out, "cv.csv"))).toBe(false);
    expect(readJson(out, "cv.json")).toMatchObject({ result: null });
    const kept = statSync(join(out, "loss=mse/fold1/metrics.json")).mtimeMs;
    const { status, stderr } = await runCli(["cv", cells, "--resume", "--out", out]);
    expect(status, stderr).toBe(0);
    expect(statSync(join(out, "loss=mse/fold1/metrics.json")).mtimeMs).toBe(kept);
    expect(finishedLines(stderr)[0]).toMatch(/^[23]\/4 /);
    expectSameResult(out);
  });

  test("killed before a training's first checkpoint, and before the scores of another, it does these again", async () => {
    const out = join(root, "early");
    cpSync(whole, out, { recursive: true });
    for (const file of ["last.safetensors", "best.safetensors", "metrics.json", "predictions.csv", "history.csv"])
      rmSync(join(out, "loss=mse/fold2", file));
    rmSync(join(out, "loss=mae/fold1/metrics.json"));
    rmSync(join(out, "loss=mae/fold2"), { recursive: true });
    const { status, stderr } = await runCli(["cv", cells, "--resume", ...asked, "--out", out]);
    expect(status, stderr).toBe(0);
    expect(ownLines(stderr)).toContain("4 trainings: 2 variants on 2 folds, 1 of them finished");
    expect(finishedLines(stderr).map((line) => line.slice(0, 3))).toEqual(["2/4", "3/4", "4/4"]);
    expectSameResult(out);
  });

  test("Ctrl-C exits with 130 and says how to go on; a part of an epoch is kept", async () => {
    const out = join(root, "interrupted");
    const { status, stdout, stderr } = await runCli(["cv", cells, ...asked, "--out", out, "--json"], {}, /^1\/4 /m);
    expect([status, stdout]).toEqual([130, ""]);
    expect(ownLines(stderr).at(-1)).toBe(`stopped; go on with: cellgrad cv ${cells} --out ${out} --resume`);
    const resumed = await runCli(["cv", cells, "--resume", "--out", out]);
    expect(resumed.status, resumed.stderr).toBe(0);
    expectSameResult(out);
  });

  test("a finished one opens no device, and may rank by another score", async () => {
    const out = join(root, "finished");
    cpSync(whole, out, { recursive: true });
    const { status, stdout, stderr } = await runCli(["cv", cells, "--resume", "--by", "mae", "--out", out, "--json"]);
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain("adapter: ");
    const { result } = JSON.parse(stdout) as Document;
    expect(result.by).toBe("mae");
    expect(result.trainings).toEqual(document.result.trainings);
  });
});

/** Runs a command and kills it as a power cut does once `when` holds. */
async function killedWhen(args: readonly string[], when: () => boolean): Promise<void> {
  const bin = fileURLToPath(new URL("../../bin/cellgrad.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  const closed = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  const watch = setInterval(() => {
    if (when()) child.kill("SIGKILL");
  }, 2);
  expect(await closed).toBe("SIGKILL");
  clearInterval(watch);
}

describe("the table", () => {
  test("has a row a variant, the best first, the verdict, and what it rests on", async () => {
    const { status, stdout } = await runCli(["cv", cells, "--resume", "--out", whole]);
    expect(status).toBe(0);
    const [title, header, best, other, , verdict, ...remarks] = stdout.trimEnd().split("\n");
    expect(title).toBe("2 folds; validation scores of each training's best epoch: mean ± standard deviation");
    expect(header).toMatch(/^variant +MSE +MAE +RMSE +R2 +difference in MSE +95 % interval +p$/);
    expect(best).toMatch(new RegExp(`^${document.result.best} .* the best$`));
    expect(other).toMatch(/^loss=m.. .* \[-?[\d.e-]+, -?[\d.e-]+\] +[\d.]+$/);
    expect(verdict).toBe(document.result.verdict);
    expect(remarks.join("\n")).toMatch(/1 degree of freedom.*Nadeau and Bengio 2003/);
    expect(remarks.join("\n")).toContain("The 4 images held out were not looked at.");
  });
});

test("a variant that diverges has no scores, stops nothing, and is not tried again", async () => {
  const out = join(root, "diverged");
  const args = [...small("--epochs", "2"), "--folds", "2", "--vary", "lr=1e30,0.001", "--out", out];
  const { status, stdout, stderr } = await runCli(["cv", cells, ...args, "--json"]);
  expect(status, stderr).toBe(0);
  expect(finishedLines(stderr).map((line) => / {2}(diverged|best)/.exec(line)?.[1])).toEqual([
    ...["diverged", "diverged", "best", "best"],
  ]);
  const { result } = JSON.parse(stdout) as Document;
  expect(result.best).toBe("lr=0.001");
  expect(result.verdict).toContain("Without that score in every fold: lr=1e+30.");
  const failed = { variant: "lr=1e+30", mse: null, epoch: null, n: 10, failure: expect.any(String) as string };
  expect(result.trainings[0]).toMatchObject(failed);
  expect(result.trainings[0].failure).toMatch(/Training diverged: use a smaller learning rate/);
  const resumed = await runCli(["cv", cells, "--resume", "--out", out]);
  expect([resumed.status, finishedLines(resumed.stderr)]).toEqual([0, []]);
  expect(resumed.stdout).toMatch(/^lr=1e\+30 +none +none +none +none +none$/m);
});

test("sizes and batches may vary too; --quick is said, and yields to options", async () => {
  const out = join(root, "sizes");
  const vary = ["--vary", "size=16,20", "--vary", "batch=4,8"];
  const args = ["cv", cells, "--quick", "--epochs", "1", "--folds", "2", "--split", "0.85,0.15,0", ...vary];
  const { status, stdout, stderr } = await runCli([...args, "--out", out]);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^quick, 2 folds; /);
  expect(ownLines(stderr)).toContain(
    "quick: a small network, few epochs and few images, to see how it goes; not a result",
  );
  expect(ownLines(stderr).filter((line) => line.startsWith("data: "))).toHaveLength(2); // once for each size
  const { quick, variants, split } = readJson(out, "cv.json") as Document;
  expect({ quick, split }).toEqual({ quick: true, split: "0.85,0.15,0" });
  expect(variants.map(({ name }) => name)).toEqual([
    "size=16,batch=4",
    "size=16,batch=8",
    "size=20,batch=4",
    "size=20,batch=8",
  ]);
  expect(variants.map(({ preset }) => [preset.name, preset.size, preset.batch, preset.epochs])).toEqual([
    ["tiny", 16, 4, 1],
    ["tiny", 16, 8, 1],
    ["tiny", 20, 4, 1],
    ["tiny", 20, 8, 1],
  ]);
  const own = join(root, "one");
  const run = join(out, "size=20,batch=4", "fold2");
  const plain = ["--size", "20", "--batch", "4", "--epochs", "1", "--seed", "1"];
  await train(cells, "--preset", "tiny", ...plain, "--split-file", join(run, "split.json"), "--out", own);
  expect(readText(own, "last.safetensors") === readText(run, "last.safetensors")).toBe(true);
});
