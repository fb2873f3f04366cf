/** Reads a POSIX (ustar) archive held in memory. */
import { DataError } from "../errors.ts";

const blockBytes = 512;
const regularFile = ["0", "\0"];

/**
 * The regular files of an archive by name. Folders, links and extended headers are passed over.
 *
 * @throws DataError if a header or a file is cut short.
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let offset = 0;
  while (offset + blockBytes <= archive.length && archive[offset] !== 0) {
    const header = archive.subarray(offset, offset + blockBytes);
    const name = field(header, 0, 100);
    const bytes = Number.parseInt(field(header, 124, 12), 8);
    const start = offset + blockBytes;
    if (!(bytes >= 0 && start + bytes <= archive.length)) {
      throw new DataError(`tar: expected ${bytes} bytes of ${name}, got ${archive.length - start}. Install it again.`);
    }
    if (regularFile.includes(String.fromCharCode(header[156]!)))
      files.set(name, archive.subarray(start, start + bytes));
    offset = start + Math.ceil(bytes / blockBytes) * blockBytes;
  }
  return files;
}

function field(header: Uint8Array, start: number, length: number): string {
  const text = new TextDecoder().decode(header.subarray(start, start + length));
  return text.replace(/\0.*$/s, "").trim();
}
