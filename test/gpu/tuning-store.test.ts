import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDevice } from "../../src/gpu/device.node.ts";
import { readTuning, tuningText } from "../../src/gpu/tuning-record.ts";
import * as browser from "../../src/gpu/tuning-store.browser.ts";
import { clearTuning, keepTuning, readKeptTuning, tuningFile, tuningKeyOf } from "../../src/gpu/tuning-store.node.ts";

const key = { adapter: "Some GPU (rev 2)", driver: "driver 1.2", engine: "Dawn 3" };
const measured = new Map([
  ["conv2d 16x8x8 -> 16, 3x3", "tile"],
  ["dense 4 -> 2", "split"],
]);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellgrad-tuning-"));
  vi.stubEnv("XDG_CACHE_HOME", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function writeKept(text: string, own = key): void {
  mkdirSync(dirname(tuningFile(own)), { recursive: true });
  writeFileSync(tuningFile(own), text);
}

describe("the file of an adapter", () => {
  test("gives back what was kept, and adds to it", () => {
    expect(readKeptTuning(key)).toEqual({ measured: new Map() });
    const file = keepTuning(key, measured);
    expect(file.startsWith(folder)).toBe(true);
    expect(readKeptTuning(key)).toEqual({ measured });
    keepTuning(key, new Map([["dense 4 -> 2", "plain"]]));
    expect([...readKeptTuning(key).measured.values()]).toEqual(["tile", "plain"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject(key);
  });

  test("is another for another driver or version, and is forgotten alone", () => {
    keepTuning(key, measured);
    const other = { ...key, driver: "driver 1.3" };
    keepTuning(other, measured);
    clearTuning(key);
    expect(readKeptTuning(key).measured.size).toBe(0);
    expect(readKeptTuning(other).measured).toEqual(measured);
    expect(tuningFile({ ...key, engine: "Dawn 4" })).not.toBe(tuningFile(key));
  });

  test.each([
    ["{ torn", 'expected a record of "cellgrad tuning 1", got "{ torn"'],
    ["[1]", 'expected a record of "cellgrad tuning 1", got "[1]"'],
    [tuningText({ ...key, driver: "older" }, measured), 'expected the driver "driver 1.2", got "older"'],
    [
      tuningText(key, measured).replace('"tile"', "7"),
      'expected the name of a variant for each site, got "{\\"conv2d 16x8x8 -> 16, 3x3\\":7,\\"dense 4 -"',
    ],
  ])("is ignored with one line if it is broken or of another adapter: %j", (text, message) => {
    writeKept(text);
    const { measured: kept, ignored } = readKeptTuning(key);
    expect(kept.size).toBe(0);
    const cure = "cellgrad bench tune --clear removes it.";
    expect(ignored).toBe(`tuning ignored: ${tuningFile(key)}: ${message}. ${cure}`);
    expect(() => readTuning("f", text, key)).toThrow(`f: ${message}`);
  });

  test("that cannot be written says where and what helps", () => {
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "taken"));
    writeFileSync(join(folder, "taken"), "");
    expect(() => keepTuning(key, measured)).toThrow(/expected to write it, got .+ Set XDG_CACHE_HOME to a folder/);
  });
});

test("a device in Node is tuned by its adapter's file, and never refused for it", async () => {
  const { device: first, ignored: nothing } = await openDevice();
  const own = tuningKeyOf(first.description);
  first.destroy();
  expect(nothing).toBeUndefined();
  keepTuning(own, measured);
  const { device: tuned } = await openDevice();
  expect(tuned.tuning.measured).toEqual(measured);
  tuned.destroy();
  const { device: plain } = await openDevice({ tuned: false });
  expect(plain.tuning.measured.size).toBe(0);
  plain.destroy();
  writeKept("torn", own);
  const { device, ignored } = await openDevice();
  expect(device.tuning.measured.size).toBe(0);
  expect(ignored).toMatch(/^tuning ignored: .+ got "torn"\. cellgrad bench tune --clear removes it\.$/);
  device.destroy();
});

/** Requests that succeed in a moment, or fail. */
function fakeIndexedDb(records = new Map<string, unknown>(), fails = false): browser.KeepingFactory {
  const request = <Result>(result: Result) => {
    const own = { result, error: new Error("no"), onsuccess: () => {}, onerror: () => {}, onupgradeneeded: () => {} };
    queueMicrotask(() => {
      own.onupgradeneeded();
      if (fails) own.onerror();
      else own.onsuccess();
    });
    return own;
  };
  const store = {
    get: (name: string) => request(records.get(name)),
    put: (value: unknown, name: string) => request(records.set(name, value)),
  };
  const database = {
    createObjectStore: () => store,
    transaction: () => ({ objectStore: () => store }),
    close: () => {},
  };
  return { open: () => request(database) };
}

describe("a page's store", () => {
  test("gives back what was kept, and adds to it", async () => {
    const factory = fakeIndexedDb();
    expect(await browser.keepTuning(key, measured, factory)).toBe(true);
    expect(await browser.keepTuning(key, new Map([["dense 4 -> 2", "plain"]]), factory)).toBe(true);
    expect([...(await browser.readKeptTuning(key, factory)).values()]).toEqual(["tile", "plain"]);
    expect((await browser.readKeptTuning({ ...key, adapter: "another" }, factory)).size).toBe(0);
  });

  test("that is missing, refuses or holds nonsense is as an empty one", async () => {
    const nonsense = new Map([[[key.adapter, key.driver, key.engine].join("\n"), "torn"]]);
    for (const factory of [undefined, fakeIndexedDb(new Map(), true), fakeIndexedDb(nonsense)]) {
      expect((await browser.readKeptTuning(key, factory)).size).toBe(0);
    }
    expect(await browser.keepTuning(key, measured, undefined)).toBe(false);
    expect(await browser.keepTuning(key, measured, fakeIndexedDb(new Map(), true))).toBe(false);
  });
});
