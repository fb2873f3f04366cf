/** The segments ahead of a JPEG's first scan (ITU-T T.81, annex B): what kind of JPEG it is. */
import { damagedImage } from "./image.ts";

export interface JpegFrame {
  readonly coding: "baseline or progressive" | "lossless or hierarchical coding" | "arithmetic coding";
  /** Bits a sample. */
  readonly bits: number;
  /** Components: 1 gray, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Three components are luma and two of colour, not red, green and blue; told as libjpeg tells it (jdapimin.c). */
  readonly isYcc: boolean;
}

const startOfScan = 0xda;
const comment = 0xfe;
const [jfifSegment, adobeSegment] = [0xe0, 0xee];

/**
 * The frame of a JPEG, and the file without its application segments and comments. A decoder needs none of them once the
 * kind of colour is known, and jpeg-js lets Adobe's overrule what it is told.
 *
 * @throws DataError if there is no frame.
 */
export function withoutApplicationData(bytes: Uint8Array, name: string): { frame: JpegFrame; file: Uint8Array } {
  const segments = segmentsOf(bytes, name);
  const scan = segments.find(({ marker }) => marker === startOfScan);
  const header = segments.find(({ marker }) => isFrame(marker));
  if (scan === undefined || header === undefined) {
    throw damagedImage(name, "JPEG", `it ends at byte ${bytes.length}, before its first scan`);
  }
  const isApplications = (marker: number) => (marker & 0xf0) === jfifSegment || marker === comment;
  const kept = segments.filter(({ marker, start }) => start < scan.start && !isApplications(marker));
  const parts = [
    bytes.subarray(0, 2),
    ...kept.map(({ start, end }) => bytes.subarray(start, end)),
    bytes.subarray(scan.start),
  ];
  return { frame: frameOf(bytes, header, segments), file: joined(parts) };
}

interface Segment {
  readonly marker: number;
  /** From its marker to behind its data, which begins at `data`. */
  readonly start: number;
  readonly data: number;
  readonly end: number;
}

/** The segments up to the first scan. */
function segmentsOf(bytes: Uint8Array, name: string): readonly Segment[] {
  const segments: Segment[] = [];
  for (let start = 2; start + 4 <= bytes.length;) {
    if (bytes[start] !== 0xff) throw damagedImage(name, "JPEG", `no marker at byte ${start}`);
    const marker = bytes[start + 1]!;
    if (marker === 0xff) {
      start++; // a fill byte
      continue;
    }
    const end = start + 2 + ((bytes[start + 2]! << 8) | bytes[start + 3]!);
    segments.push({ marker, start, data: start + 4, end });
    if (marker === startOfScan) break;
    start = end;
  }
  return segments;
}

/** SOF0 … SOF15; the three others of this range are tables and a reserved marker. */
const isFrame = (marker: number): boolean => (marker & 0xf0) === 0xc0 && ![0xc4, 0xc8, 0xcc].includes(marker);

function frameOf(bytes: Uint8Array, { marker, data }: Segment, segments: readonly Segment[]): JpegFrame {
  const components = bytes[data + 5] ?? 0;
  const ids = Array.from({ length: components }, (_, i) => bytes[data + 6 + 3 * i] ?? 0);
  const coding =
    marker <= 0xc2
      ? "baseline or progressive"
      : marker < 0xc8
        ? "lossless or hierarchical coding"
        : "arithmetic coding";
  return { coding, bits: bytes[data] ?? 0, components, isYcc: components === 3 && isYcc(bytes, segments, ids) };
}

function isYcc(bytes: Uint8Array, segments: readonly Segment[], ids: readonly number[]): boolean {
  const tagged = (wanted: number, tag: string) =>
    segments.find(
      ({ marker, data }) =>
        marker === wanted && String.fromCharCode(...bytes.subarray(data, data + tag.length)) === tag,
    );
  if (tagged(jfifSegment, "JFIF\0")) return true;
  const adobe = tagged(adobeSegment, "Adobe");
  const transform = adobe && bytes[adobe.data + 11];
  return transform === undefined ? String.fromCharCode(...ids) !== "RGB" : transform !== 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
