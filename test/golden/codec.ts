/** Golden files are JSON; a Float32Array in them is `{ "float32": base64 of its little-endian bytes }`, exact to the bit. */
import { readFileSync } from "node:fs";
import type { Shape } from "../../src/shape.ts";

export interface GoldenTensor {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Where the numbers of a golden file come from. */
export interface GoldenSource {
  readonly tfjs: string;
  readonly backend: string;
  readonly notes: readonly string[];
}

interface Encoded {
  readonly float32: string;
}

const isEncoded = (value: unknown): value is Encoded =>
  typeof value === "object" && value !== null && "float32" in value && typeof value.float32 === "string";

export function encodeGolden(golden: unknown): string {
  const encode = (_: string, value: unknown): unknown =>
    value instanceof Float32Array
      ? { float32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
      : value;
  return `${JSON.stringify(golden, encode, 1)}\n`;
}

export function decodeGolden(text: string): unknown {
  const decode = (_: string, value: unknown): unknown =>
    isEncoded(value) ? new Float32Array(Uint8Array.from(Buffer.from(value.float32, "base64")).buffer) : value;
  return JSON.parse(text, decode) as unknown;
}

/** A golden file of this folder, by its name. */
export const readGolden = (name: string): unknown => decodeGolden(readFileSync(new URL(name, import.meta.url), "utf8"));
