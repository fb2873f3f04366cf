/** Where a TIFF's strips or tiles lie in the file; geotiff reads what there is of a block and does not look further. */
import type { GeoTIFFImage } from "geotiff";
import { damagedImage } from "./image.ts";

const tagOf = { StripOffsets: 273, StripByteCounts: 279, TileOffsets: 324, TileByteCounts: 325 } as const;
type BlockTag = keyof typeof tagOf;

/** @throws DataError if a strip or tile is missing, empty or reaches past the end of the file. */
export async function checkBlocks(image: GeoTIFFImage, fileLength: number, name: string): Promise<void> {
  const kind = image.isTiled ? "tile" : "strip";
  const offsets = await blockTable(image, image.isTiled ? "TileOffsets" : "StripOffsets");
  const byteCounts = await blockTable(image, image.isTiled ? "TileByteCounts" : "StripByteCounts");
  const blocks = blockCount(image);
  const damaged = (reason: string) => damagedImage(name, "TIFF", reason);
  if (offsets.length < blocks || byteCounts.length < blocks) {
    throw damaged(`${Math.min(offsets.length, byteCounts.length)} of its ${blocks} ${kind}s are listed`);
  }
  for (let i = 0; i < blocks; i++) {
    const end = offsets[i]! + byteCounts[i]!;
    if (byteCounts[i] === 0) throw damaged(`${kind} ${i} is empty`);
    if (end > fileLength) throw damaged(`${kind} ${i} ends at byte ${end}, the file at byte ${fileLength}`);
  }
}

function blockCount(image: GeoTIFFImage): number {
  const down = Math.ceil(image.getHeight() / image.getTileHeight());
  const across = Math.ceil(image.getWidth() / image.getTileWidth());
  // Planar configuration 2: one plane a sample.
  return down * across * (image.planarConfiguration === 2 ? image.getSamplesPerPixel() : 1);
}

/**
 * A table of offsets or lengths. geotiff 3.0.5 reads a table that lies away from its directory as little-endian in every
 * file; swapping the loaded table in place mends both this check and the reading after it. This may go when geotiff
 * reads such tables right; the test of a big-endian file with many strips will then fail.
 */
async function blockTable(image: GeoTIFFImage, tag: BlockTag): Promise<ArrayLike<number>> {
  const directory = image.getFileDirectory();
  const isFarAway = directory.deferredArrays.has(tagOf[tag]);
  const table: unknown = await directory.loadValue(tag);
  if (isFarAway && !image.littleEndian && (table instanceof Uint16Array || table instanceof Uint32Array)) swap(table);
  if (table instanceof Uint16Array || table instanceof Uint32Array) return table;
  return Array.isArray(table) ? table.map(Number) : [];
}

function swap(table: Uint16Array | Uint32Array): void {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let i = 0; i < table.length; i++) {
    table[i] = table instanceof Uint16Array ? view.getUint16(2 * i) : view.getUint32(4 * i);
  }
}
