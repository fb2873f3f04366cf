/** Files that a command makes: whole or not at all. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../errors.ts";

/**
 * Writes a file under a temporary name beside it and renames it, and makes its folder.
 *
 * @param option of the command line that named it, for messages.
 * @throws DataError if it cannot be written.
 */
export async function writeWhole(path: string, contents: string | Uint8Array, option: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined); // its folder may be no folder
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`--${option}: expected a file that can be written, got ${reason}`, { cause });
  }
}
