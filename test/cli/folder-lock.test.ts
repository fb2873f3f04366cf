import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { whileLocked } from "../../src/cli/folder-lock.ts";
import { DataError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();

test("holds the folder while the work goes on, also one that fails", async () => {
  const folder = join(root, "new");
  const held = () => Promise.resolve(readFileSync(join(folder, ".lock"), "utf8"));
  expect(await whileLocked(folder, held)).toBe(String(process.pid));
  await expect(whileLocked(folder, () => Promise.reject(new Error("work")))).rejects.toThrow("work");
  expect(existsSync(join(folder, ".lock"))).toBe(false);
});

test("a second one is refused, and leaves the lock", async () => {
  const folder = join(root, "held");
  await whileLocked(folder, async () => {
    await expect(whileLocked(folder, () => Promise.resolve())).rejects.toThrow(
      new DataError(
        `${folder}: expected a folder that no process works in, got process ${process.pid}. ` +
          `Wait for it, or remove ${join(folder, ".lock")} if it is none of ours.`,
      ),
    );
    expect(existsSync(join(folder, ".lock"))).toBe(true);
  });
});

test.each(["4194305", "", "none"])("a lock of no process (%j) is taken over", async (text) => {
  writeFileSync(join(root, ".lock"), text);
  expect(await whileLocked(root, () => Promise.resolve(1))).toBe(1);
});
