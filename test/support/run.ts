/** Data sets and runs that the tests of the command line make, in folders that are removed after the test file. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { makeDataset } from "../../src/data/make.node.ts";
import { openDevice } from "../../src/gpu/device.node.ts";
import { readSafetensors } from "../../src/nn/safetensors.ts";
import { runCli } from "./cli.ts";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

const smallest = [
  ["--preset", "tiny"],
  ["--size", "16"],
  ["--batch", "8"],
] as const;

/** Options of a network that SwiftShader compiles in seconds, on images of 16 x 16; what `args` give comes instead. */
export const small = (...args: string[]): string[] => [
  ...smallest.flatMap(([name, value]) => (args.includes(name) ? [] : [name, value])),
  ...args,
];

/** Images of the kind that is easily learned. */
export async function makeCells(folder: string, count: number, size = 16): Promise<string> {
  const { device } = await openDevice({ tuned: false });
  await makeDataset(device, folder, { count, size, seed: 1, parameters: dataPresets.easy });
  device.destroy();
  return folder;
}

/** What `train --json` prints. */
export interface TrainResult {
  run: string;
  epochs: number;
  steps: number;
  adapter: string;
  seconds: number;
  best: { epoch: number; valLoss: number } | null;
  weightsSha256: string;
}

/** Trains, which has to succeed. */
export async function train(...args: readonly string[]): Promise<TrainResult> {
  const { status, stdout, stderr } = await runCli(["train", ...args, "--json"]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as TrainResult;
}

export const readText = (...path: string[]): string => readFileSync(join(...path), "utf8");
export const readJson = (...path: string[]): unknown => JSON.parse(readText(...path));
export const readWeights = (...path: string[]) => readSafetensors(readFileSync(join(...path)), join(...path));

/** The cells of a CSV without quotes, row by row. */
export const csvRows = (text: string): string[][] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
