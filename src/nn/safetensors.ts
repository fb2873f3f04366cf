/**
 * The safetensors format, float32 only: 8 bytes of little-endian header length, a JSON header that gives each tensor's
 * dtype, shape and byte range, and the bytes. https://github.com/huggingface/safetensors#format
 */
import { DataError, ShapeError } from "../errors.ts";
import { showShape, sizeOf, type Shape } from "../shape.ts";

/** A tensor's shape and its values in row-major order. */
export interface HostTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** What a .safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const metadataKey = "__metadata__";
const lengthBytes = 8;
/** The reference implementation refuses longer headers. */
const longestHeader = 100_000_000;

interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/**
 * The bytes of a .safetensors file. Tensors and metadata are ordered by name, so equal contents give equal bytes.
 *
 * @throws ShapeError if a shape does not fit its data or a tensor has the reserved name `__metadata__`.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const ordered = inNameOrder(tensors);
  const described = Object.entries(metadata).sort(byName);
  // The header is joined by hand: an object would move keys such as "0" to the front and lose one named "__proto__".
  const members = described.length === 0 ? [] : [member(metadataKey, Object.fromEntries(described))];
  let begin = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === metadataKey) throw new ShapeError(`writeSafetensors: expected a tensor's name, got "${metadataKey}"`);
    if (sizeOf(shape) !== data.length) {
      throw new ShapeError(
        `writeSafetensors: expected ${sizeOf(shape)} values for ${name} ${showShape(shape)}, got ${data.length}`,
      );
    }
    const end = begin + data.byteLength;
    members.push(member(name, { dtype: "F32", shape, data_offsets: [begin, end] }));
    begin = end;
  }
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  const bytes = new Uint8Array(lengthBytes + header.length + begin);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, lengthBytes);
  concatenate(ordered, bytes, lengthBytes + header.length);
  return bytes;
}

/**
 * The tensors and the metadata of a .safetensors file; each tensor is a copy.
 *
 * @param file names the file in messages.
 * @throws DataError if anything in the file is not as the format says, or a dtype is not F32.
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { header, dataStart } = readHeader(bytes, file);
  const { [metadataKey]: metadata, ...described } = header;
  const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, file));
  requireContiguous(entries, bytes.length - dataStart, file);
  const tensors = new Map<string, HostTensor>();
  for (const { name, shape, begin, end } of entries) {
    const data = new Float32Array(sizeOf(shape));
    bytesOf(data).set(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata: readMetadata(metadata, file) };
}

/**
 * SHA-256, in hexadecimal, of the tensors' float32 bytes one after the other in name order: what names a set of weights
 * whatever file holds it. Shapes and names do not enter.
 */
export async function weightsDigest(tensors: ReadonlyMap<string, { readonly data: Float32Array }>): Promise<string> {
  const ordered = inNameOrder(tensors);
  const bytes = new Uint8Array(ordered.reduce((total, [, { data }]) => total + data.byteLength, 0));
  concatenate(ordered, bytes, 0);
  // Web Crypto, since pages have no other; it needs a secure context, as WebGPU does.
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

const inNameOrder = <T>(tensors: ReadonlyMap<string, T>): [string, T][] => [...tensors].sort(byName);

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;

/** A float array's bytes; every platform with WebGPU is little-endian, as the format is. */
const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function concatenate(tensors: [string, { readonly data: Float32Array }][], into: Uint8Array, start: number): void {
  let at = start;
  for (const [, { data }] of tensors) {
    into.set(bytesOf(data), at);
    at += data.byteLength;
  }
}

function readHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < lengthBytes) {
    throw new DataError(`${file}: expected a safetensors file of at least 8 bytes, got ${bytes.length}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  const longest = Math.min(longestHeader, bytes.length - lengthBytes);
  if (length > BigInt(longest)) {
    throw new DataError(`${file}: expected a header of at most ${longest} bytes, got a header length of ${length}`);
  }
  const dataStart = lengthBytes + Number(length);
  const text = decodeHeader(bytes.subarray(lengthBytes, dataStart), file);
  const header = parseHeader(text, file);
  requireUniqueKeys(text, file);
  return { header, dataStart };
}

function decodeHeader(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DataError(`${file}: expected a header in UTF-8, got other bytes`);
  }
}

function parseHeader(text: string, file: string): Record<string, unknown> {
  const expectation = `${file}: expected a header that is a JSON object`;
  if (!text.startsWith("{")) throw new DataError(`${expectation}, got ${JSON.stringify(text.slice(0, 20))}`);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new DataError(`${expectation}, got invalid JSON (${(error as Error).message})`);
  }
}

/** JSON.parse keeps the last of two equal keys, so keys are looked at in the text, which is known to be JSON. */
function requireUniqueKeys(text: string, file: string): void {
  const open: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]+|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (string !== undefined && colon !== undefined) {
      const name = JSON.parse(string) as string;
      const names = open.at(-1);
      if (names?.has(name)) throw new DataError(`${file}: expected each name once in the header, got "${name}" twice`);
      names?.add(name);
    }
  }
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw new DataError(`${file}: expected ${metadataKey} of strings, got ${JSON.stringify(value)}`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, file: string): Entry {
  const where = `${file}: tensor "${name}"`;
  if (!isObject(value))
    throw new DataError(`${where}: expected dtype, shape and data_offsets, got ${JSON.stringify(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== "F32") throw new DataError(`${where}: expected dtype F32, got ${JSON.stringify(dtype)}`);
  if (!isCounts(shape)) {
    throw new DataError(`${where}: expected a shape of non-negative integers, got ${JSON.stringify(shape)}`);
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw new DataError(`${where}: expected data_offsets [begin, end], got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as readonly [number, number];
  if (end - begin !== 4 * sizeOf(shape)) {
    throw new DataError(`${where}: expected ${4 * sizeOf(shape)} bytes for ${showShape(shape)}, got ${end - begin}`);
  }
  return { name, shape, begin, end };
}

/** The format allows neither overlaps nor holes, so that a file hides nothing. */
function requireContiguous(entries: readonly Entry[], length: number, file: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw new DataError(
        `${file}: tensor "${name}": expected data_offsets that begin at ${covered}, got ${begin} ` +
          `(${begin < covered ? "an overlap" : "a hole"})`,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw new DataError(`${file}: expected ${covered} bytes of data after the header, got ${length}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
