/** `reproduce`, with less of everything than a user's: it goes on where it stopped, and compares seeds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { readText, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();

describe("reproduce rnet --quick", () => {
  const out = join(root, "all");
  const asked = ["reproduce", "rnet", "--quick", "--images", "40", "--epochs", "2", "--out", out];

  test("stops with Ctrl-C while it trains, and the same command goes on to the report and the table", async () => {
    const stopped = await runCli([...asked, "--seeds", "2"], {}, /epoch 1\/2/);
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stdout).toBe("");
    const { status, stdout, stderr } = await runCli([...asked, "--seeds", "2", "--json"]);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/1\/5 {2}make 40 images: done before\n/);
    expect(stderr).toMatch(/2\/5 {2}train with seed 0: {2}cellgrad train .* --resume\n/);
    const result = JSON.parse(stdout) as { experiment: string; comparison: { metric: string; values: number[] }[] };
    expect(result.experiment).toBe("rnet");
    expect(result.comparison.map(({ metric }) => metric)).toEqual(["mse", "mae", "rmse", "mape", "r2"]);
    const { test: scores } = JSON.parse(readText(out, "seed1", "metrics.json")) as { test: { mse: number } };
    expect(result.comparison[0]?.values[1]).toBe(scores.mse);
    expect(existsSync(join(out, "report.html"))).toBe(true);
    expect(existsSync(join(out, "figures"))).toBe(true);
  });

  test("prints a table of means, deviations and z when everything was done before", async () => {
    const { status, stdout, stderr } = await runCli([...asked, "--seeds", "2"]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^metric +ours +deviation +thesis +z$/m);
    expect(stdout).toMatch(/^R2 +-?[\d.]+ +[\d.e-]+ +0\.7576 +-?[\d.]+$/m);
  });

  test("refuses another plan in its folder", async () => {
    const { status, stderr } = await runCli([...asked.slice(0, 3), "--images", "41", "--epochs", "2", "--out", out]);
    expect([status, ownLines(stderr)[0]]).toEqual([
      2,
      `cellgrad: reproduce: expected the images 40 that ${out} was begun with, got 41. Name another folder with --out.`,
    ]);
  });
});

test("refuses a folder that is not its own, and an experiment that there is not", async () => {
  const taken = await runCli(["reproduce", "rnet", "--quick", "--out", root]);
  expect([taken.status, ownLines(taken.stderr)[0]]).toEqual([
    1,
    `cellgrad: ${root}: expected a new folder or one that reproduce has begun, got another`,
  ]);
  const few = await runCli(["reproduce", "rnet", "--quick", "--images", "12", "--out", join(root, "few")]);
  expect([few.status, ownLines(few.stderr)[0]]).toEqual([
    2,
    "cellgrad: --images: expected at least 13, of which 70 % are a batch of 8, got 12",
  ]);
  const unknown = await runCli(["reproduce", "mnist"]);
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toMatch(/thesis-code/);
});
