import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeviceError } from "../../src/errors.ts";
import { extractSwiftShader, hasSwiftShader } from "../../src/gpu/swiftshader.node.ts";

const files = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];

describe.runIf(hasSwiftShader())("SwiftShader is unpacked", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cellgrad-test-"));
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    vi.stubEnv("TMPDIR", folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test("into the cache folder, complete, with nothing left over", () => {
    const { manifest, loader } = extractSwiftShader();
    expect([basename(manifest), basename(loader)]).toEqual(["vk_swiftshader_icd.json", "libvulkan.so.1"]);
    expect(dirname(dirname(manifest))).toBe(join(folder, "cache", "cellgrad"));
    expect(readdirSync(dirname(manifest)).sort()).toEqual(files);
    expect(readdirSync(join(folder, "cache", "cellgrad"))).toEqual([expect.stringMatching(/^swiftshader-[\d.]+$/)]);
  });

  test("once", () => {
    const { manifest } = extractSwiftShader();
    const before = statSync(manifest).ctimeMs;
    expect(extractSwiftShader().manifest).toBe(manifest);
    expect(statSync(manifest).ctimeMs).toBe(before);
  });

  test("elsewhere if others may write to the cache folder", () => {
    mkdirSync(join(folder, "cache", "cellgrad"), { recursive: true });
    chmodSync(join(folder, "cache", "cellgrad"), 0o777);
    expect(extractSwiftShader().manifest).toContain(join(folder, "cellgrad-"));
  });

  test("nowhere if neither folder is private, with the cure", () => {
    mkdirSync(join(folder, "cache"));
    symlinkSync(tmpdir(), join(folder, "cache", "cellgrad"));
    symlinkSync(tmpdir(), join(folder, `cellgrad-${process.getuid?.()}`));
    expect(extractSwiftShader).toThrow(DeviceError);
    expect(extractSwiftShader).toThrow(/expected a folder that only you can write.*Set XDG_CACHE_HOME/);
  });
});
