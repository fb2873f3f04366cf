import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PeersDocument } from "../../bench/peers/row.ts";
import { findPeers, readPeers } from "../../src/cli/bench-peers.ts";
import { UsageError } from "../../src/errors.ts";
import { ownLines, runCli } from "../support/cli.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The smallest comparison there is: cellgrad alone. */
const small = ["bench", "peers", "--peers", "cellgrad", "--size", "32", "--batch", "2", "--steps", "1"];

let scratch: string;
beforeAll(async () => void (scratch = await mkdtemp(join(tmpdir(), "cellgrad-test-"))));
afterAll(() => rm(scratch, { recursive: true }));

describe("--peers", () => {
  test("names as they are shown; cellgrad is always one of them, and the first", () => {
    expect(readPeers("jax-js, tfjs", false)).toEqual(["cellgrad", "tfjs", "jax-js"]);
    expect(readPeers("tfjs,cellgrad,tfjs", false)).toEqual(["cellgrad", "tfjs"]);
    expect(readPeers("onnxruntime-node", true)).toEqual(["cellgrad", "onnxruntime-node"]);
  });

  test.each([
    ["jax", 'expected cellgrad, tfjs, jax-js, separated by commas, got "jax"'],
    ["tfjs,", 'separated by commas, got ""'],
    ["onnxruntime-node", 'got "onnxruntime-node". onnxruntime-node does not train: add --inference.'],
  ])("%j is refused", (list, message) => {
    expect(() => readPeers(list, false)).toThrow(UsageError);
    expect(() => readPeers(list, false)).toThrow(message);
  });
});

test.each([
  [["--peers", "torch"], 2, '--peers: expected cellgrad, tfjs, jax-js, separated by commas, got "torch"'],
  [["--padding", "full"], 2, '--padding: expected one of same, valid, got "full"'],
  [["--batch", "0"], 2, '--batch: expected an integer of at least 1, got "0"'],
  [["--steps", "0"], 2, '--steps: expected an integer of at least 1, got "0"'],
  [["--learning-rate", "fast"], 2, '--learning-rate: expected a number of at least 0, got "fast"'],
  [["--learning-rate", "0.1", "--inference"], 2, "--learning-rate: expected a training step, got --inference."],
  [["--out", "no/such/folder/peers.json"], 2, "--out: expected a file in a folder that exists, got no/such/folder"],
  [["--size", "16", "--padding", "valid"], 1, "The image may be too small for the network."],
])("%j is refused before a peer starts", async (options, status, message) => {
  const result = await runCli(["bench", "peers", ...options]);
  expect([result.status, result.stdout]).toEqual([status, ""]);
  expect(ownLines(result.stderr)[0]).toMatch(/^cellgrad: /);
  expect(ownLines(result.stderr)[0]).toContain(message);
});

test("an adapter that is not there is refused in one line", async () => {
  const { status, stdout, stderr } = await runCli([...small, "--adapter", "no such adapter"]);
  expect([status, stdout]).toEqual([1, ""]);
  expect(ownLines(stderr)).toEqual([expect.stringMatching(/^cellgrad: adapter: expected .*"no such adapter"$/)]);
});

test("--json prints one document with the fields that programs rely on; --out writes it too", async () => {
  const out = join(scratch, "peers.json");
  const { status, stdout } = await runCli([...small, "--software", "--seed", "3", "--json", "--out", out]);
  expect(status).toBe(0);
  const document = JSON.parse(stdout) as PeersDocument;
  expect(JSON.parse(await readFile(out, "utf8"))).toEqual(document);
  expect(document).toMatchObject({ kind: "peers", adapter: { type: "software" }, agrees: true });
  expect(document.spec).toMatchObject({ task: "training", batch: 2, size: 32, padding: "same", seed: 3 });
  expect(document.command).toContain("bench peers --peers cellgrad");
  expect(document.rows).toHaveLength(1);
  const [row] = document.rows;
  expect(row).toMatchObject({ system: "cellgrad", version: "0.1.0", adapter: document.adapter.name, agrees: true });
  expect(row).toMatchObject({ submits: 1, createBuffer: 0, ratio: { median: 1 }, firstStepRatio: 1, difference: 0 });
  expect(row.dispatches).toBeGreaterThan(20);
  expect(row.msPerStep).toBeGreaterThan(0);
  expect(row.firstStepMs).toBeGreaterThan(row.msPerStep);
  expect(row.losses).toHaveLength(10);
  expect(row.lossAfter10).toBe(row.losses?.[9]);
});

test("--inference compares forward passes; without --json, a table for people", async () => {
  const { status, stdout } = await runCli([...small, "--software", "--inference"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^R-Net, one forward pass, .*batch 2, 32 x 32, same padding, on /);
  expect(stdout).toMatch(/^cellgrad +0\.1\.0 +[\d.]+ +1\.00 /m);
});

describe("an installed package", () => {
  test("has no peers: it says so in one line, with the cure", async () => {
    await runCli(["--version"]); // bundles, where a source changed
    const installed = join(scratch, "cellgrad");
    for (const part of ["bin", "dist", "package.json"])
      await cp(join(root, part), join(installed, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(installed, "node_modules"));
    const { status, stdout, stderr } = await runCli(
      ["bench", "peers"],
      {},
      undefined,
      join(installed, "bin/cellgrad.js"),
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(ownLines(stderr)).toEqual([
      "cellgrad: bench peers: expected a checkout of cellgrad, got the installed package, which has no peers. " +
        "Clone the repository, run npm ci there, and then npx cellgrad bench peers.",
    ]);
  });

  test("its bundle names no package of a peer", async () => {
    const scripts = (await readdir(join(root, "dist"))).filter((name) => name.endsWith(".js"));
    for (const name of scripts) {
      expect(await readFile(join(root, "dist", name), "utf8"), name).not.toMatch(/@tensorflow|@jax-js/);
    }
  });

  test("a checkout has them", () => {
    expect(findPeers(pathToFileURL(join(root, "dist/"))).args).toEqual([join(root, "bench/peers/main.ts")]);
  });
});
