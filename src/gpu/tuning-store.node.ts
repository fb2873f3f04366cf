/** Keeps what was measured on an adapter in the user's cache folder, a file an adapter, driver and version of Dawn. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError } from "../errors.ts";
import { cacheFolders } from "./cache.node.ts";
import type { AdapterDescription } from "./device.ts";
import { type Measured, readTuning, type TuningKey, tuningText } from "./tuning-record.ts";

/** What was kept, and in one line why it was not used. */
export interface KeptTuning {
  readonly measured: Measured;
  readonly ignored?: string;
}

/** What a measurement on this adapter is kept under. */
export function tuningKeyOf({ name, driver }: Pick<AdapterDescription, "name" | "driver">): TuningKey {
  const { version } = createRequire(import.meta.url)("webgpu/package.json") as { version: string };
  return { adapter: name, driver, engine: `Dawn of webgpu ${version}` };
}

/** The file: its name says the adapter, and a part of a hash tells drivers and versions apart. */
export function tuningFile(key: TuningKey): string {
  const name = key.adapter.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 60);
  const hash = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 8);
  return join(cacheFolders()[0], "tuning", `${name}-${hash}.json`);
}

/** Reads what was kept. A file that is broken or of another adapter is ignored. */
export function readKeptTuning(key: TuningKey): KeptTuning {
  const file = tuningFile(key);
  try {
    return { measured: readTuning(file, readFileSync(file, "utf8"), key) };
  } catch (error) {
    const measured = new Map<string, string>();
    if (isMissing(error)) return { measured };
    const reason = error instanceof Error ? error.message : String(error);
    return { measured, ignored: `tuning ignored: ${reason.split("\n")[0]}. cellgrad bench tune --clear removes it.` };
  }
}

/** Keeps what was measured, with what was kept before at other sites. @returns the file's path. @throws DataError */
export function keepTuning(key: TuningKey, measured: Measured): string {
  const file = tuningFile(key);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, tuningText(key, new Map([...readKeptTuning(key).measured, ...measured])));
    renameSync(temporary, file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${file}: expected to write it, got ${reason}. Set XDG_CACHE_HOME to a folder of your own.`, {
      cause,
    });
  }
  return file;
}

/** Forgets what was kept. */
export function clearTuning(key: TuningKey): string {
  const file = tuningFile(key);
  rmSync(file, { force: true });
  return file;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
