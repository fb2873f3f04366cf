/** One process at a time in a folder. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";

/**
 * Works in a folder, which is made if it is absent, while `<folder>/.lock` holds this process's number. A lock that a
 * killed process has left is taken over.
 *
 * @throws DataError if another process works there.
 */
export async function whileLocked<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const lock = join(folder, ".lock");
  await mkdir(folder, { recursive: true });
  await take(lock, folder);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, folder: string): Promise<void> {
  const own = { flag: "wx" } as const;
  try {
    await writeFile(lock, String(process.pid), own);
  } catch (cause) {
    const holder = Number(await readFile(lock, "utf8").catch(() => ""));
    if (Number.isInteger(holder) && holder > 0 && isRunning(holder)) {
      const cure = `Wait for it, or remove ${lock} if it is none of ours.`;
      throw new DataError(`${folder}: expected a folder that no process works in, got process ${holder}. ${cure}`, {
        cause,
      });
    }
    await rm(lock, { force: true });
    await writeFile(lock, String(process.pid), own);
  }
}

function isRunning(process_: number): boolean {
  try {
    return process.kill(process_, 0);
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
