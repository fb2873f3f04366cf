/** The pages of a TIFF, by the chain of its directories (TIFF 6.0, section 2). */
import { damagedImage } from "./image.ts";

const directoryEntry = 12;
/** More than a file of a microscope has; each costs a step. */
const mostPages = 65_536;

/**
 * The number of pages.
 *
 * @throws DataError if the chain leaves the file, comes back to a page, or has more than 65,536.
 */
export function countPages(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const seen = new Set<number>();
  for (let offset = view.getUint32(4, littleEndian); offset !== 0;) {
    if (seen.has(offset)) throw damagedImage(name, "TIFF", "its pages form a circle");
    if (seen.size === mostPages) throw damagedImage(name, "TIFF", `it has more than ${mostPages} pages`);
    seen.add(offset);
    const next = offset + 2 > bytes.length ? NaN : offset + 2 + directoryEntry * view.getUint16(offset, littleEndian);
    if (!(next + 4 <= bytes.length)) throw damagedImage(name, "TIFF", `it ends before its page ${seen.size}`);
    offset = view.getUint32(next, littleEndian);
  }
  return seen.size;
}
