/** Files and folders of images. */
import { readdir, readFile } from "node:fs/promises";
import { DataError } from "../errors.ts";

/** Files under way at once: enough to keep the disk busy, few enough to hold in memory. */
export const filesAtOnce = 8;

/**
 * The names of a folder's files, sorted; without hidden files, among them those that macOS leaves on other disks.
 *
 * @throws DataError if there is no such folder.
 */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, "a folder of images", error);
  });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();
}

/**
 * The bytes of a file.
 *
 * @param contract what the file should be, for messages.
 * @throws DataError if it cannot be read.
 */
export async function readBytes(path: string, contract: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, contract, error);
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "nothing of that name; check the path",
  ENOTDIR: "a file; name the folder it is in",
};

/** Of a path that was meant as a pattern. */
const noPattern = "nothing of that name: a pattern is for the shell to expand, which it does outside quotes";

function unreadable(path: string, contract: string, error: unknown): DataError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const reason = code === "ENOENT" && /[*?]/.test(path) ? noPattern : (reasons[code] ?? code);
  return new DataError(`${path}: expected ${contract}, got ${reason}`, { cause: error });
}
