/** Writing a file so that whoever reads it finds all of it, the old one or the new one, whenever the writer is killed. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../errors.ts";

/** Writes under a temporary name and renames; makes the folder. @throws DataError naming the file and the reason. */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${path}: expected a file that can be written, got ${reason}`, { cause });
  }
}
