import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasSwiftShader } from "../../src/gpu/swiftshader.node.ts";
import { type CliResult, ownLines, runCli } from "../support/cli.ts";

interface Diagnosis {
  adapter: Record<"name" | "vendor" | "type" | "backend" | "driver", string>;
  reason: string;
  copyGBps: number;
  fmaGflops: number;
  timestampQuantumNs: number | null;
  features: string[];
  limits: Record<string, number>;
}

describe.runIf(hasSwiftShader())("doctor on a bare machine", () => {
  /** No Vulkan driver named, and none unpacked before. */
  const env = {
    VK_DRIVER_FILES: undefined,
    VK_ICD_FILENAMES: undefined,
    LD_LIBRARY_PATH: undefined,
    XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), "cellgrad-test-")),
  };
  let results: CliResult[];
  beforeAll(async () => {
    const args = ["doctor", "--json", "--adapter", "swiftshader"];
    results = await Promise.all([runCli(args, env), runCli(args, env)]);
  });
  afterAll(() => rmSync(env.XDG_CACHE_HOME, { recursive: true }));

  test("two at once succeed, and unpack SwiftShader once", () => {
    expect(results.map(({ status }) => status)).toEqual([0, 0]);
    expect(readdirSync(join(env.XDG_CACHE_HOME, "cellgrad"))).toHaveLength(1);
  });

  test("stdout is one JSON document with the fields that programs rely on", () => {
    const diagnosis = JSON.parse(results[0].stdout) as Diagnosis;
    expect(Object.keys(diagnosis.adapter).sort()).toEqual(["backend", "driver", "name", "type", "vendor"]);
    expect(diagnosis.adapter).toMatchObject({ vendor: "google", type: "software", backend: "vulkan" });
    expect(diagnosis.reason).toBe('"swiftshader" was asked for');
    expect(diagnosis.features).toContain("timestamp-query");
    expect(diagnosis.limits["maxComputeInvocationsPerWorkgroup"]).toBeGreaterThanOrEqual(128);
  });

  test("the measured figures are possible for a CPU", () => {
    const { copyGBps, fmaGflops, timestampQuantumNs } = JSON.parse(results[0].stdout) as Diagnosis;
    expect(copyGBps).toBeGreaterThan(0.001);
    expect(copyGBps).toBeLessThan(1000);
    expect(fmaGflops).toBeGreaterThan(0.01);
    expect(fmaGflops).toBeLessThan(10_000);
    expect(timestampQuantumNs).toBeGreaterThanOrEqual(1);
    expect(timestampQuantumNs).toBeLessThan(65_536);
  });

  test("stderr names the adapter once, and says that it is slow", () => {
    expect(ownLines(results[0].stderr)).toEqual([
      "adapter: SwiftShader Device (Subzero) (software, vulkan); it runs on the CPU and is slow",
    ]);
  });
});

test("without --json, a table for people", async () => {
  const { status, stdout } = await runCli(["doctor", "--software"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^adapter +\S/);
  expect(stdout).toMatch(/^type +software/m);
  expect(stdout).toMatch(/^why this one +a software adapter was asked for$/m);
  expect(stdout).toMatch(/^copy +[\d.]+ GB\/s/m);
  expect(stdout).toMatch(/^ +maxBufferSize +[\d,]+$/m);
});
