/** Writes small TIFF files, so that the tests can vary one thing at a time. */
import { deflateSync } from "node:zlib";

export interface TiffImage {
  readonly width: number;
  readonly height: number;
  /** [H, W, samplesPerPixel]. */
  readonly samples: readonly number[];
  readonly bits?: number;
  readonly samplesPerPixel?: number;
  readonly rowsPerStrip?: number;
  readonly bigEndian?: boolean;
  readonly photometric?: number;
  readonly compression?: number;
  readonly predictor?: number;
  readonly sampleFormat?: number;
  /** Bytes between the directory and the tables that do not fit in it. */
  readonly gap?: number;
}

/** Strips first, then the directory, then the tables of its entries. */
export function writeTiff(image: TiffImage): Uint8Array {
  const { width, height, bits = 8, samplesPerPixel = 1, rowsPerStrip = height, bigEndian = false } = image;
  const { photometric = 1, compression = 1, predictor = 1, sampleFormat = 1, gap = 0 } = image;
  const perRow = width * samplesPerPixel;
  const strips: Uint8Array[] = [];
  for (let row = 0; row < height; row += rowsPerStrip) {
    const rows = Math.min(rowsPerStrip, height - row);
    const samples = image.samples.slice(row * perRow, (row + rows) * perRow);
    if (predictor === 2) difference(samples, perRow, samplesPerPixel);
    strips.push(encoders[compression](toBytes(samples, bits, bigEndian)));
  }
  const offsets = strips.map((_, i) => 8 + strips.slice(0, i).reduce((sum, strip) => sum + strip.length, 0));
  const entries: [tag: number, type: 3 | 4, values: number[]][] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, Array<number>(samplesPerPixel).fill(bits)],
    [259, 3, [compression]],
    [262, 3, [photometric]],
    [273, 4, offsets],
    [277, 3, [samplesPerPixel]],
    [278, 4, [rowsPerStrip]],
    [279, 4, strips.map((strip) => strip.length)],
    [317, 3, [predictor]],
    [339, 3, Array<number>(samplesPerPixel).fill(sampleFormat)],
  ];
  const directoryStart = 8 + strips.reduce((sum, strip) => sum + strip.length, 0);
  let tableEnd = directoryStart + 2 + 12 * entries.length + 4 + gap;
  const bytes = new Uint8Array(tableEnd + entries.reduce((sum, [, , values]) => sum + 4 * values.length, 0));
  const view = new DataView(bytes.buffer);
  const put = (at: number, type: 3 | 4, value: number) =>
    type === 3 ? view.setUint16(at, value, !bigEndian) : view.setUint32(at, value, !bigEndian);
  bytes.set(bigEndian ? [0x4d, 0x4d] : [0x49, 0x49]);
  put(2, 3, 42);
  put(4, 4, directoryStart);
  strips.forEach((strip, i) => bytes.set(strip, offsets[i]));
  put(directoryStart, 3, entries.length);
  entries.forEach(([tag, type, values], i) => {
    const at = directoryStart + 2 + 12 * i;
    const valueSize = type === 3 ? 2 : 4;
    const isInline = values.length * valueSize <= 4;
    put(at, 3, tag);
    put(at + 2, 3, type);
    put(at + 4, 4, values.length);
    if (!isInline) put(at + 8, 4, tableEnd);
    values.forEach((value, k) => put((isInline ? at + 8 : tableEnd) + k * valueSize, type, value));
    if (!isInline) tableEnd += values.length * valueSize;
  });
  return bytes.slice(0, tableEnd);
}

function toBytes(samples: readonly number[], bits: number, bigEndian: boolean): Uint8Array {
  if (bits <= 8) return Uint8Array.from(samples);
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, i) => view.setUint16(2 * i, sample, !bigEndian));
  return new Uint8Array(view.buffer);
}

function difference(samples: number[], perRow: number, samplesPerPixel: number): void {
  for (let i = samples.length - 1; i >= 0; i--) {
    if (i % perRow >= samplesPerPixel) samples[i] -= samples[i - samplesPerPixel];
  }
}

const encoders: Record<number, (bytes: Uint8Array) => Uint8Array> = {
  1: (bytes) => bytes,
  5: lzw,
  7: (bytes) => bytes, // said to be JPEG, to be refused
  8: (bytes) => new Uint8Array(deflateSync(bytes)),
  32946: (bytes) => new Uint8Array(deflateSync(bytes)),
  32773: packBits,
};

function packBits(bytes: Uint8Array): Uint8Array {
  const packed: number[] = [];
  for (let i = 0; i < bytes.length;) {
    let run = 1;
    while (run < 128 && bytes[i + run] === bytes[i]) run++;
    // A run of one is written as a literal of one, so that both kinds of packet occur.
    packed.push(run === 1 ? 0 : 257 - run, bytes[i]);
    i += run;
  }
  return Uint8Array.from(packed);
}

/** LZW without compression: 9-bit codes of single bytes, and a clear code (256) before the table would need ten bits. */
function lzw(bytes: Uint8Array): Uint8Array {
  const codes: number[] = [];
  bytes.forEach((byte, i) => codes.push(...(i % 250 === 0 ? [256, byte] : [byte])));
  const bits = [...codes, 257].map((code) => code.toString(2).padStart(9, "0")).join("");
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (octet) => parseInt(octet.padEnd(8, "0"), 2));
}
