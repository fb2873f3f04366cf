/** `lr-find` from the outside. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { RangePoint } from "../../src/nn/lr-find.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, small, temporaryFolder, train } from "../support/run.ts";

const root = temporaryFolder();
const cells = join(root, "cells");
beforeAll(() => makeCells(cells, 20));

interface Found {
  suggestion: number | null;
  reason: string;
  curve: RangePoint[];
}

async function find(...args: string[]) {
  const { status, stdout, stderr } = await runCli(["lr-find", cells, ...args]);
  return { status, stdout, errors: ownLines(stderr) };
}

test("a rate and why, as JSON; no file is left", async () => {
  const before = [readdirSync(root), readdirSync(cells)];
  const { status, stdout } = await find(...small("--steps", "40", "--json"));
  expect(status).toBe(0);
  const { suggestion, reason, curve } = JSON.parse(stdout) as Found;
  expect(suggestion).toBeGreaterThan(1e-6);
  expect(suggestion).toBeLessThan(1);
  expect(reason).toMatch(/the smoothed loss (falls the steepest|is least)/);
  expect(curve.length).toBeLessThanOrEqual(40);
  expect(curve[0]).toEqual({ learningRate: 1e-6, loss: expect.any(Number) as number });
  expect([readdirSync(root), readdirSync(cells)]).toEqual(before);
});

test("for people: one line on stdout", async () => {
  const { status, stdout, errors } = await find(...small("--steps", "40", "--optimizer", "sgd"));
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(
      /^learning rate [\d.e-]+: .*; tiny has 0\.01 for sgd\n$|^no learning rate is suggested: .*\n$/,
    ),
  ]);
  expect(errors.at(-1)).toMatch(/^\d+ of 40 steps, at rates from 0\.000001 to /);
});

test("the same twice, and other steps from other weights", async () => {
  const run = join(root, "run");
  await train(cells, ...small("--epochs", "1", "--out", run));
  const args = small("--steps", "20", "--json");
  const [first, second, other] = [
    await find(...args),
    await find(...args),
    await find(...args, "--init-from", join(run, "last.safetensors")),
  ];
  expect(second.stdout).toBe(first.stdout);
  expect((JSON.parse(other.stdout) as Found).curve[0].loss).not.toBe((JSON.parse(first.stdout) as Found).curve[0].loss);
});

test("the network is that of the options, and a penalty is part of the loss", async () => {
  const firstLoss = async (...args: string[]) =>
    (JSON.parse((await find(...small("--steps", "20", "--json", ...args))).stdout) as Found).curve[0].loss;
  const plain = await firstLoss();
  expect(await firstLoss("--l2", "0.1")).toBeGreaterThan(plain + 0.1);
  expect(await firstLoss("--head", "softmax")).not.toBe(plain);
});

test.each([
  [
    ["--hold-out-densest", "0.2", "--batch", "12"],
    "--batch: expected a set-up that can be trained, got one that cannot: batches of 12 are more than the 11 images that",
  ],
  [
    ["--hold-out-densest", "0.2", "--split-file", "x"],
    "Arguments hold-out-densest and split-file are mutually exclusive",
  ],
  [["--from", "1", "--to", "0.1"], "--from: expected a rate below --to, which is 0.1, got 1"],
  [["--steps", "19"], '--steps: expected an integer of at least 20, got "19"'],
  [["--from", "0"], '--from: expected a number of at least 1e-12, got "0"'],
  [
    ["--batch", "15"],
    "--batch: expected a set-up that can be trained, got one that cannot: batches of 15 are more than the 14 images that",
  ],
])("%j is misuse", async (args, message) => {
  const { status, stdout, errors } = await find(...small(...args));
  expect([status, stdout]).toEqual([2, ""]);
  expect(errors[0]).toContain(`cellgrad: ${message}`);
});
