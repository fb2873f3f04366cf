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
  });
});

test("for people, with the thesis; what training refuses is an error", async () => {
  const { status, stdout, errors } = await lint("--batch", "64");
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

test("images too small for the network", async () => {
  const { status, errors } = await lint("--size", "8");
  expect([status, errors]).toEqual([
    2,
    [expect.stringContaining("--size: expected images large enough"), "see cellgrad lint --help"],
  ]);
});
