import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError, ShapeError } from "../../src/errors.ts";
import { type HostTensor, readSafetensors, weightsDigest, writeSafetensors } from "../../src/nn/safetensors.ts";
import { sizeOf } from "../../src/shape.ts";

const tensor = (shape: number[], ...values: number[]): HostTensor => ({ shape, data: Float32Array.from(values) });

/** A file with the given header, to be read or refused. */
function fileOf(header: string | object, data: number, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });

describe("writeSafetensors", () => {
  const bytes = writeSafetensors(
    new Map([
      ["b", tensor([2, 1], 1, 2)],
      ["a", tensor([], 3)],
    ]),
    { step: "7", epoch: "1" },
  );
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));

  test("names in order, contiguous offsets, little-endian float32", () => {
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"epoch":"1","step":"7"},' +
        '"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]}}',
    );
    expect([...bytes.subarray(8 + headerLength)]).toEqual([0, 0, 64, 64, 0, 0, 128, 63, 0, 0, 0, 64]);
  });

  test("the data begin at a multiple of 8 after spaces", () => {
    expect(headerLength % 8).toBe(0);
    expect(header).toMatch(/^\{.*\} {0,7}$/);
  });

  test("refuses data that do not fill the shape, and the reserved name", () => {
    expect(() => writeSafetensors(new Map([["w", tensor([2, 2], 1)]]), {})).toThrow(
      new ShapeError("writeSafetensors: expected 4 values for w [2, 2], got 1"),
    );
    expect(() => writeSafetensors(new Map([["__metadata__", tensor([1], 1)]]), {})).toThrow(ShapeError);
  });
});

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
const tensors = shapes.chain((shape) =>
  fc.float32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((data): HostTensor => ({ shape, data })),
);
const names = fc
  .oneof(fc.string({ unit: "binary" }), fc.constantFrom("0", "__proto__", "a.b"))
  .filter((n) => n !== "__metadata__");

test("what is written is read back, bit for bit, from any alignment", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, tensors), { maxLength: 6 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      fc.nat({ max: 7 }),
      (entries, metadata, shift) => {
        const written = new Map(entries);
        const bytes = writeSafetensors(written, metadata);
        const moved = new Uint8Array(shift + bytes.length);
        moved.set(bytes, shift);
        const read = readSafetensors(moved.subarray(shift), "x.safetensors");
        expect(new Map(Object.entries(read.metadata))).toEqual(new Map(Object.entries(metadata)));
        expect([...read.tensors.keys()].sort()).toEqual([...written.keys()].sort());
        for (const [name, { shape, data }] of written) {
          expect(read.tensors.get(name)!.shape).toEqual(shape);
          expect(new Uint32Array(read.tensors.get(name)!.data.buffer)).toEqual(new Uint32Array(data.slice().buffer));
        }
        expect(writeSafetensors(read.tensors, read.metadata)).toEqual(bytes);
      },
    ),
  );
});

test("a truncated or grown file is always refused", () => {
  const bytes = writeSafetensors(new Map([["w", tensor([3], 1, 2, 3)]]), { a: "b" });
  for (let length = 0; length < bytes.length; length++) {
    expect(() => readSafetensors(bytes.subarray(0, length), "cut.safetensors")).toThrow(DataError);
  }
  expect(() => readSafetensors(new Uint8Array([...bytes, 0]), "grown.safetensors")).toThrow(DataError);
});

test("a tensor that is read does not share the file's memory", () => {
  const bytes = Buffer.from(writeSafetensors(new Map([["w", tensor([1], 5)]]), {}));
  const { tensors: read } = readSafetensors(bytes, "x.safetensors");
  bytes.fill(0);
  expect([...read.get("w")!.data]).toEqual([5]);
});

describe("readSafetensors names the file and refuses", () => {
  test.each<[string, Uint8Array, string]>([
    ["fewer than eight bytes", new Uint8Array(7), "expected a safetensors file of at least 8 bytes, got 7"],
    [
      "a header longer than the file",
      fileOf("{}", 0, 2n ** 63n),
      "expected a header of at most 2 bytes, got a header length of 9223372036854775808",
    ],
    [
      "a header that is not UTF-8",
      new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]),
      "expected a header in UTF-8, got other bytes",
    ],
    ["a header that does not begin with {", fileOf("[1]", 0), 'expected a header that is a JSON object, got "[1]"'],
    ["invalid JSON", fileOf("{a}", 0), "expected a header that is a JSON object, got invalid JSON"],
    [
      "a name twice, even when escaped",
      fileOf(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        0,
      ),
      'expected each name once in the header, got "a" twice',
    ],
    [
      "metadata that are not strings",
      fileOf({ __metadata__: { a: 1 } }, 0),
      'expected __metadata__ of strings, got {"a":1}',
    ],
    ["an entry that is no object", fileOf({ w: 3 }, 0), 'tensor "w": expected dtype, shape and data_offsets, got 3'],
    [
      "another dtype",
      fileOf({ w: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, 4),
      'tensor "w": expected dtype F32, got "F16"',
    ],
    [
      "a negative dimension",
      fileOf({ w: f32([-1], [0, 4]) }, 4),
      'tensor "w": expected a shape of non-negative integers, got [-1]',
    ],
    [
      "no shape",
      fileOf({ w: { dtype: "F32", data_offsets: [0, 4] } }, 4),
      "expected a shape of non-negative integers, got undefined",
    ],
    [
      "offsets in reverse",
      fileOf({ w: f32([1], [4, 0]) }, 4),
      'tensor "w": expected data_offsets [begin, end], got [4,0]',
    ],
    [
      "three offsets",
      fileOf({ w: f32([1], [0, 4, 8]) }, 8),
      'tensor "w": expected data_offsets [begin, end], got [0,4,8]',
    ],
    ["a shape of another size", fileOf({ w: f32([3], [0, 4]) }, 4), 'tensor "w": expected 12 bytes for [3], got 4'],
    [
      "a shape whose size overflows",
      fileOf({ w: f32([2 ** 31, 2 ** 31], [0, 4]) }, 4),
      'tensor "w": expected 18446744073709552000 bytes',
    ],
    [
      "an overlap",
      fileOf({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12),
      'tensor "b": expected data_offsets that begin at 8, got 4 (an overlap)',
    ],
    [
      "a hole",
      fileOf({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
      'tensor "b": expected data_offsets that begin at 4, got 8 (a hole)',
    ],
    ["offsets beyond the file", fileOf({ w: f32([2], [0, 8]) }, 4), "expected 8 bytes of data after the header, got 4"],
    [
      "bytes that no tensor names",
      fileOf({ w: f32([1], [0, 4]) }, 9),
      "expected 4 bytes of data after the header, got 9",
    ],
  ])("%s", (_, bytes, message) => {
    const read = () => readSafetensors(bytes, "model.safetensors");
    expect(read).toThrow(DataError);
    expect(read).toThrow("model.safetensors: ");
    expect(read).toThrow(message);
  });
});

describe("weightsDigest", () => {
  test("is the SHA-256 of the bytes in name order, whatever the order of the map", async () => {
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(3)];
    const expected = createHash("sha256").update(Buffer.from(a.buffer)).update(Buffer.from(b.buffer)).digest("hex");
    expect(
      await weightsDigest(
        new Map([
          ["a", { data: a }],
          ["b", { data: b }],
        ]),
      ),
    ).toBe(expected);
    expect(
      await weightsDigest(
        new Map([
          ["b", { data: b }],
          ["a", { data: a }],
        ]),
      ),
    ).toBe(expected);
    expect(
      await weightsDigest(
        new Map([
          ["b", { data: a }],
          ["a", { data: b }],
        ]),
      ),
    ).not.toBe(expected);
  });

  test("reads a view's own bytes only", async () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(await weightsDigest(new Map([["w", { data: view }]]))).toBe(
      await weightsDigest(new Map([["w", { data: Float32Array.of(1, 2) }]])),
    );
  });
});
