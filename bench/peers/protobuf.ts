/** The part of protobuf's wire format that an ONNX file needs: https://protobuf.dev/programming-guides/encoding */

/** One field of a message: its key and its value, encoded. */
export type Field = Uint8Array;

const varint = 0;
const lengthDelimited = 2;
const fixed32 = 5;

/** An integer of at least 0. */
export const integerField = (number: number, value: number): Field =>
  concatenate([encodeVarint(number * 8 + varint), encodeVarint(value)]);

/** A float32. */
export const floatField = (number: number, value: number): Field =>
  concatenate([encodeVarint(number * 8 + fixed32), bytesOf(new Float32Array([value]))]);

/** Bytes, or text in UTF-8. */
export function bytesField(number: number, value: Uint8Array | string): Field {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return concatenate([encodeVarint(number * 8 + lengthDelimited), encodeVarint(bytes.length), bytes]);
}

/** A message within a message. */
export const messageField = (number: number, fields: readonly Field[]): Field =>
  bytesField(number, concatenate(fields));

/** The fields of a message, one after the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The bytes of float32 values; protobuf is little-endian, as all machines are that Node runs on. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Seven bits a byte, the lowest first; all but the last have the top bit set. */
function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
