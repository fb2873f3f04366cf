/** Writing a file so that whoever reads it finds all of it, the old one or the new one, whenever the writer is killed. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../errors.ts";

/**
 * Writes under a temporary name and renames; makes the folder.
 *
 * @param where begins the message: the file, or the option that named it.
 * @throws DataError with the reason if it cannot be written.
 */
export async function writeWhole(path: string, contents: string | Uint8Array, where = path): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined); // its folder may be no folder
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${where}: expected a file that can be written, got ${reason}`, { cause });
  }
}
