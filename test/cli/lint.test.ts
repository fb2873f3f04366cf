/** `lint` from the outside. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { makeCells, temporaryFolder } from "../support/run.ts";

const cells = join(temporaryFolder(), "cells");
beforeAll(async () => {
  await makeCells(cells, 12);
  copyFileSync(join(cells, "img0000.png"), join(cells, "img0001.png"));
});

const lint = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["lint", cells, ...args]);
  return { status, stdout, errors: ownLines(stderr) };
};
const small = ["--preset", "tiny", "--size", "16"];

test("findings as JSON; what trains anyway is no error", async () => {
  const { status, stdout } = await lint(...small, "--batch", "4", "--split", "1,0,0", "--json");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    data: cells,
    preset: "tiny",
    findings: expect.arrayContaining([expect.objectContaining({ rule: "composition" })]) as unknown,
    accepted: [],
  });
});

test("for people, with the thesis; what training refuses is an error", async () => {
  const { status, stdout, errors } = await lint("--preset", "thesis-code", "--batch", "64");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^batch: batches of 64 are more than the 8 images/m);
  expect(stdout).toMatch(/^pool-drops-edge: .*; --size 132 drops none\n {2}thesis: Appendix I/m);
  expect(errors.at(-1)).toBe(`cellgrad: ${cells}: expected a set-up that can be trained, got one that cannot (batch)`);
});

test("a softmax head on labels that are no parts of 1", async () => {
  const softmax = [...small, "--batch", "4", "--split", "1,0,0", "--head", "softmax"];
  expect((await lint(...softmax)).stdout).not.toMatch(/^(composition|head): /m);
  const { status, stdout } = await lint(...softmax, "--label-columns", "round,spindle");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^head: labels are no parts of 1, which is all that a softmax output can give; /m);
});

test("what a preset accepts is told at the end, with why, and is no fault", async () => {
  const args = ["--batch", "8", "--seed", "1", "--split", "0.7,0.3,0"];
  const { stdout } = await lint(...args);
  expect(stdout).toMatch(
    / with rnet: nothing found\nrnet accepts pool-drops-edge: one row of 25 .*\nrnet accepts composition: a linear .*\n$/,
  );
  const { findings, accepted } = JSON.parse((await lint(...args, "--json")).stdout) as Record<
    string,
    { rule: string }[]
  >;
  expect(findings.map(({ rule }) => rule)).toEqual([]);
  expect(accepted.map(({ rule }) => rule)).toEqual(["pool-drops-edge", "composition"]);
  // What was said of the preset's own size and head does not hold for others.
  expect((await lint(...args, "--size", "102")).stdout).toMatch(/^pool-drops-edge: /m);
  expect((await lint(...args, "--head", "relu")).stdout).toMatch(/^composition: .* the output is a ReLU/m);
});

test.each([
  ["--schedule", "step", "the learning rate never falls: its first step comes after 20 epochs, and there are 12"],
  ["--early-stopping", "11", "early stopping never acts: it waits for 11 epochs without improvement, and there are 12"],
])("%s %s that can never act", async (option, value, message) => {
  const { status, stdout } = await lint(...small, "--batch", "4", "--epochs", "12", option, value);
  expect([status, stdout]).toEqual([0, expect.stringContaining(`schedule: ${message}`)]);
});

test("images too small for the network", async () => {
  const { status, errors } = await lint("--size", "8");
  expect([status, errors]).toEqual([
    2,
    [expect.stringContaining("--size: expected images large enough"), "see cellgrad lint --help"],
  ]);
});

test("takes what train takes of a preset", async () => {
  const more = ["--batch", "4", "--loss", "huber", "--dropout", "0.2", "--l1", "0.001", "--l2", "0.001"];
  expect((await lint(...small, ...more, "--json")).status).toBe(0);
});
