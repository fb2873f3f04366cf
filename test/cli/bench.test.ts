import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Trace } from "../../bench/trace.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { temporaryFolder } from "../support/run.ts";

const folder = temporaryFolder();
const small = ["--preset", "tiny", "--batch", "2", "--size", "18"];

interface Printed {
  kind: string;
  adapter: { name: string };
  ceilings: Record<string, number>;
  rows: { name: string; repetitions: number[] }[];
  [field: string]: unknown;
}

async function json(...args: string[]): Promise<Printed> {
  const { status, stdout, stderr } = await runCli(["bench", ...args, "--json"]);
  expect([status, ownLines(stderr).filter((line) => line.startsWith("cellgrad"))]).toEqual([0, []]);
  return JSON.parse(stdout) as Printed;
}

test("step: the fields that programs rely on, where they come from, and a trace", async () => {
  const [out, trace] = [join(folder, "out/step.json"), join(folder, "trace.json")];
  const result = await json("step", ...small, "--out", out, "--trace", trace);
  expect(result).toMatchObject({ kind: "step", preset: "tiny", batch: 2, size: 18, submits: 1, allocations: 0 });
  for (const field of ["msPerStep", "msPerEvaluation"])
    expect(Object.keys(result[field] as object)).toEqual(["median", "low", "high"]);
  for (const field of ["firstStepMs", "gflops", "shareOfPeak", "clockQuantumNs"])
    expect(result[field]).toBeGreaterThan(0);
  expect(Object.keys(result.ceilings).sort()).toEqual(["copyGBps", "dispatchUs", "fmaGflops"]);
  expect(Object.keys(result.versions as object)).toEqual(["cellgrad", "node", "webgpu"]);
  expect(result.command).toContain("bench step --preset tiny");
  expect(result.rows.map(({ name, repetitions }) => [name, repetitions.length])).toEqual([
    ["tiny, batch 2, 18 x 18", 9],
  ]);
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(result);
  const { traceEvents } = JSON.parse(readFileSync(trace, "utf8")) as Trace;
  expect(traceEvents.filter(({ ph }) => ph === "X")).toHaveLength(Number(result.launches));

  const { status, stdout } = await runCli(["bench", "diff", out, out]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/tiny, batch 2, 18 x 18 .*no change\n$/);
});

test("memory: the peak is within a tenth of the plan", async () => {
  const result = await json("memory", ...small);
  expect(result.kind).toBe("memory");
  expect(result.rows.map(({ name }) => name).sort()).toEqual([
    ...["data set", "gradients", "optimizer state", "parameters", "tables and constants"],
    ...["temporaries of a step", "temporaries of an evaluation"],
  ]);
  expect(Math.abs(Number(result.deviation))).toBeLessThan(0.1);
});

test("kernels: --op and --filter choose, and every row has its repetitions and its error", async () => {
  const result = await json("kernels", "--op", "mse", "--filter", "forward", "--size", "36");
  expect(result.rows).toHaveLength(2);
  for (const row of result.rows) {
    expect(row.name).toMatch(/^mse forward /);
    expect(row.repetitions).toHaveLength(9);
    expect(row).toHaveProperty("worstError");
  }
  expect(result.wrong).toEqual([]);
});

test.each([
  ["too few repetitions", ["step", "--repetitions", "3"], /--repetitions: expected an integer of at least 9, got "3"/],
  ["no list", ["scaling", "--batches", "1,x"], /--batches: expected positive integers, such as 1,4,16, got "1,x"/],
  ["no preset", ["step", "--preset", "vgg"], /--preset: expected one of /],
  ["no file", ["diff", "nowhere.json", "nowhere.json"], /nowhere\.json: expected a file that can be read, got none/],
  ["no op", ["kernels", "--op", "dens"], /--op: expected one of adam, add, .*, got "dens"/],
  [
    "no row of the op",
    ["kernels", "--op", "mse", "--filter", "conv"],
    /--filter: expected a part of a row's name, .* got "conv", which fits no row of mse/,
  ],
  [
    "no row",
    ["kernels", "--filter", "softplus"],
    /--filter: expected a part of a row's name, such as one of adam, add, /,
  ],
])("%s exits with 2", async (_, args, message) => {
  const { status, stdout, stderr } = await runCli(["bench", ...args]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(message);
});
