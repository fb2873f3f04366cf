/** `runs` from the outside, on folders that were written and not trained. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { CvFolder } from "../../src/cli/cv-folder.ts";
import { RunFolder } from "../../src/cli/run-folder.ts";
import { regressionMetrics } from "../../src/nn/metrics.ts";
import type { RunConfig } from "../../src/nn/run-config.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { temporaryFolder } from "../support/run.ts";
import { historyRow, runConfig } from "../support/run-files.ts";

const root = temporaryFolder();
const runs = join(root, "runs");
const first = join(runs, "run1");
const second = join(runs, "run2");
const tenth = join(runs, "run10");

const runsCommand = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["runs", ...args]);
  return { status, stdout, errors: ownLines(stderr) };
};
const json = async (...args: string[]): Promise<unknown> => {
  const { status, stdout, errors } = await runsCommand(...args, "--json");
  expect([status, errors]).toEqual([0, []]);
  return JSON.parse(stdout);
};

/** A run whose validation losses are these. */
async function write(path: string, losses: readonly number[], config: RunConfig, day: number): Promise<RunFolder> {
  const folder = RunFolder.create(path);
  await folder.writeConfig(config);
  const validated = (loss: number) => ({ ...historyRow, ...scoresOf(loss) });
  await folder.writeHistory(losses.map((loss, i) => ({ ...historyRow, epoch: i + 1, val: validated(loss) })));
  const date = new Date(Date.UTC(2026, 0, day, 12, 30));
  utimesSync(join(path, "config.json"), date, date);
  return folder;
}

const scoresOf = (loss: number) => ({ loss, mse: loss, r2: 1 - loss });
const splitAt = (test: number) => ({
  train: Uint32Array.from([0, 1, 2].filter((i) => i !== test)),
  validation: new Uint32Array(),
  test: Uint32Array.of(test),
});

beforeAll(async () => {
  const a = await write(first, [0.5, 0.25, 0.25, 0.75], runConfig, 1);
  await a.writeSplit(["x", "y", "z"], splitAt(2));
  await a.writeMetrics({
    test: regressionMetrics(Float32Array.of(0, 1), Float32Array.of(0, 0.5), runConfig.outputs, 1),
  });
  const preset = { ...runConfig.preset, optimizer: { ...runConfig.preset.optimizer, rho: 0.5 } };
  const b = await write(second, [0.125], { ...runConfig, seed: 7, preset }, 3);
  await b.writeSplit(["x", "y", "z"], splitAt(0));
  await write(tenth, [], runConfig, 2);
  mkdirSync(join(runs, "notes"));
  mkdirSync(join(runs, ".hidden"));
  writeFileSync(join(runs, ".hidden", "config.json"), "{}");
  writeFileSync(join(runs, "README.md"), "");
  mkdirSync(join(runs, "broken"));
  writeFileSync(join(runs, "broken", "config.json"), "soon");
});

test("a name that holds escape sequences does not reach the terminal as such", async () => {
  const hostile = join(root, "hostile");
  const adapter = { ...runConfig.adapter, name: "\x1b]0;pwn\x07\x1b[2J\x9b2J" };
  await write(join(hostile, "run"), [0.5], { ...runConfig, adapter }, 1);
  for (const args of [
    ["list", hostile],
    ["show", join(hostile, "run")],
  ]) {
    const { status, stdout } = await runsCommand(...args);
    expect(status).toBe(0);
    expect(stdout).toContain("\ufffd]0;pwn\ufffd\ufffd[2J\ufffd2J");
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  }
  expect(await json("list", hostile)).toMatchObject({ runs: [{ adapter: adapter.name }] });
});

test("a cross-validation's runs stand one level deeper", async () => {
  const cv = join(root, "cv");
  for (const fold of ["fold10", "fold2"]) await write(join(cv, "loss=mae", fold), [0.5], runConfig, 1);
  writeFileSync(join(cv, "cv.json"), "{}");
  const { runs: listed } = (await json("list", cv)) as { runs: { run: string }[] };
  expect(listed.map(({ run }) => run)).toEqual([join(cv, "loss=mae", "fold2"), join(cv, "loss=mae", "fold10")]);
});

describe("a folder with a cross-validation that has not finished a training", () => {
  const begun = async (folder: string) => {
    const { preset } = runConfig;
    const choice = { name: "base", choice: {}, preset };
    const plan = { config: { ...runConfig, data: "my cells" }, folds: 2, split: "0.7,0.15,0.15", quick: false };
    await CvFolder.create(folder).writePlan({ ...plan, by: "mse", vary: [], variants: [choice] }, null);
  };
  const advice = (cv: string) =>
    `a cross-validation was begun; go on with: cellgrad cv 'my cells' --out ${cv} --resume`;

  test("says how to go on, in it and beside it; beside one with runs how to see these", async () => {
    const parent = join(root, "begun");
    const cv = join(parent, "cv");
    await begun(cv);
    expect((await runsCommand("list", cv)).stdout).toBe(`${cv}: no runs; ${advice(cv)}\n`);
    expect((await runsCommand("list", parent)).stdout).toBe(`${parent}: no runs; ${advice(cv)}\n`);
    expect(await json("list", cv)).toEqual({ runs: [], broken: [] });
    await write(join(cv, "base", "fold1"), [0.5], runConfig, 1);
    expect((await runsCommand("list", parent)).stdout).toBe(
      `${parent}: no runs; those of a cross-validation: cellgrad runs list ${cv}\n`,
    );
  });
});

describe("list", () => {
  const reason: unknown = expect.stringContaining("broken/config.json: expected a run's configuration in JSON, got");

  test("runs in natural order; what is no run is skipped, what is broken is listed with why", async () => {
    const common = { preset: "tiny", data: "cells", adapter: "a" };
    expect(await json("list", runs)).toEqual({
      runs: [
        {
          ...common,
          run: first,
          epochs: { done: 4, planned: 20 },
          best: { epoch: 2, valLoss: 0.25, r2: 0.75 },
          date: "2026-01-01T12:30:00.000Z",
          finished: true,
        },
        expect.objectContaining({ run: second, best: { epoch: 1, valLoss: 0.125, r2: 0.875 }, finished: false }),
        expect.objectContaining({ run: tenth, best: null, epochs: { done: 0, planned: 20 } }),
      ],
      broken: [{ run: join(runs, "broken"), reason }],
    });
  });

  test.each([
    ["loss", [second, first, tenth]],
    ["date", [second, tenth, first]],
  ])("sorted by %s", async (order, expected) => {
    expect(await json("list", runs, "--sort", order)).toMatchObject({ runs: expected.map((run) => ({ run })) });
  });

  test("as a table", async () => {
    const { status, stdout } = await runsCommand("list", runs);
    const lines = stdout.split("\n");
    expect(status).toBe(0);
    expect(lines[0]).toMatch(/^run +preset +data +epochs +best val loss +R2 +adapter +date, UTC$/);
    expect(lines[1]).toMatch(/run1 +tiny +cells +4\/20 +0\.25000 +0\.7500 +a +2026-01-01 12:30$/);
    expect(lines[4]).toMatch(/^broken: .*broken\/config\.json: /);
  });

  test("a folder without runs says how to make one", async () => {
    const { status, stdout } = await runsCommand("list", join(runs, "notes"));
    expect([status, stdout]).toEqual([
      0,
      `${runs}/notes: no runs; cellgrad train DATA --out ${runs}/notes/NAME makes one\n`,
    ]);
  });

  test.each([
    ["nothing", "none", "nothing of that name. Name one: cellgrad runs list DIR"],
    ["a file", "runs/README.md", "a file. Name one: cellgrad runs list DIR"],
    ["a run", "runs/run1", `a run. See it with cellgrad runs show ${first}`],
  ])("%s instead of a folder", async (_, name, got) => {
    const path = join(root, name);
    expect(await runsCommand("list", path)).toEqual({
      status: 1,
      stdout: "",
      errors: [`cellgrad: ${path}: expected a folder of runs, got ${got}`],
    });
  });

  test("another order", async () => {
    const { status, errors } = await runsCommand("list", runs, "--sort", "size");
    expect([status, errors[0]]).toEqual([2, 'cellgrad: --sort: expected one of name, loss, date, got "size"']);
  });
});

describe("show", () => {
  test("everything as JSON", async () => {
    expect(await json("show", first)).toMatchObject({
      run: first,
      finished: true,
      config: runConfig,
      epochs: { done: 4, planned: 20 },
      best: { epoch: 2, val: { loss: 0.25 } },
      last: { epoch: 4, val: { loss: 0.75 } },
      split: { train: 2, validation: 0, test: 1 },
      metrics: { test: { n: 1, mse: 0.125 } },
      files: ["config.json", "history.csv", "history.jsonl", "metrics.json", "split.json"].map((name) => ({ name })),
    });
  });

  test("everything for people", async () => {
    const { stdout } = await runsCommand("show", first);
    expect(stdout).toContain(`${first}: 4 of 20 epochs, finished, begun or resumed 2026-01-01T12:30:00.000Z\n`);
    for (const line of [
      /^preset\.optimizer\.rho +0\.9$/m,
      /^split: 2 train, 0 validation, 1 test$/m,
      /^best +2 +1\.0000 +- +0\.25000 +0\.75000 +0\.1$/m,
      /^last +4 +1\.0000 +- +0\.75000 +0\.25000 +0\.1$/m,
      /^test +1 +0\.12500 /m,
      /^config\.json +[\d,]+$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  test("a run that has only begun", async () => {
    expect(await json("show", tenth)).toMatchObject({ best: null, last: null, split: null, metrics: null });
    expect((await runsCommand("show", tenth)).stdout).toContain("\nno epoch was finished\n");
  });
});

describe("diff", () => {
  test("only what differs, and the scores with their difference", async () => {
    expect(await json("diff", first, second)).toEqual({
      a: first,
      b: second,
      config: [
        { key: "preset.optimizer.rho", a: 0.9, b: 0.5 },
        { key: "seed", a: 0, b: 7 },
      ],
      split: [
        { part: "train", a: 2, b: 2, shared: 1 },
        { part: "test", a: 1, b: 1, shared: 0 },
      ],
      scores: expect.arrayContaining([
        { score: "best epoch", a: 2, b: 1, difference: -1 },
        { score: "best val loss", a: 0.25, b: 0.125, difference: -0.125 },
        { score: "last val loss", a: 0.75, b: 0.125, difference: -0.625 },
        { score: "test MSE", a: 0.125, b: null, difference: null },
      ]) as unknown,
    });
  });

  test("as tables", async () => {
    const { stdout } = await runsCommand("diff", first, second);
    expect(stdout).toMatch(/^configuration .*run1 .*run2\npreset\.optimizer\.rho +0\.9 +0\.5\nseed +0 +7\n\nsplit/);
    expect(stdout).toMatch(/^test +1 +1 +0$/m);
    expect(stdout).toMatch(/^best val loss +0\.25000 +0\.12500 +-0\.12500$/m);
    expect(stdout).not.toMatch(/^fuse|^train (MSE|R2)/m);
  });

  test.each([
    [first, "configuration: the same\n\nsplit: the same images in every part\n\nscore "],
    [tenth, "configuration: the same\n\nsplit: not written yet in both\n\nscores: none yet\n"],
  ])("a run and itself", async (run, expected) => {
    expect((await runsCommand("diff", run, run)).stdout.startsWith(expected)).toBe(true);
  });
});

test.each([
  ["show", "none"],
  ["diff", "none", first],
])("%s of what is no run", async (...args) => {
  expect(await runsCommand(...args)).toEqual({
    status: 1,
    stdout: "",
    errors: [
      "cellgrad: none: expected a run's folder, got nothing of that name. " +
        "See those that there are with cellgrad runs list DIR",
    ],
  });
});
