import { describe, expect, test } from "vitest";
import { parseNpy, writeNpy } from "../../src/data/npy.ts";
import { DataError, ShapeError } from "../../src/errors.ts";
import type { Shape } from "../../src/shape.ts";

/** A .npy file put together by hand, as numpy.lib.format describes it. */
function npy(header: string, data: ArrayBufferView, version = 1): Uint8Array {
  const body = new TextEncoder().encode(header);
  const length = version === 2 ? [body.length & 255, body.length >> 8, 0, 0] : [body.length & 255, body.length >> 8];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...body, ...bytes]);
}
const header = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
const values = Float64Array.of(0.25, -1 / 3, 1e300);

describe("parseNpy", () => {
  test("float64, version 1, at an odd offset", () => {
    const { shape, data } = parseNpy(npy(header("<f8", "(3,)") + " ", values), "a.npy");
    expect(shape).toEqual([3]);
    expect(data).toEqual(values);
  });
  test("float32, version 2", () => {
    const data = Float32Array.of(1.5, 2.5, -3.5, 4.5);
    expect(parseNpy(npy(header("<f4", "(2, 2)"), data, 2), "a.npy")).toEqual({ shape: [2, 2], data });
  });
  test("a scalar and an empty array", () => {
    expect(parseNpy(npy(header("<f8", "()"), Float64Array.of(7)), "a.npy").shape).toEqual([]);
    expect(parseNpy(npy(header("<f8", "(0,)"), new Float64Array()), "a.npy").data.length).toBe(0);
  });
  test("a view into a larger buffer", () => {
    const file = npy(header("<f8", "(3,)"), values);
    const padded = Uint8Array.from([1, 2, 3, ...file, 4]);
    expect(parseNpy(padded.subarray(3, 3 + file.length), "a.npy").data).toEqual(values);
  });

  const whole = npy(header("<f8", "(3,)"), values);
  test.each([
    [
      "another file",
      new TextEncoder().encode("image,a,b\n1,2,3"),
      "expected a .npy file, got another kind of file; write it with np.save",
    ],
    ["version 3", npy(header("<f8", "(3,)"), values, 3), "expected .npy version 1 or 2, got 3; write it with np.save"],
    [
      "a header only begun",
      whole.subarray(0, 30),
      "expected a .npy file, got one that ends inside its header; write the file again",
    ],
    [
      "a magic number only",
      whole.subarray(0, 6),
      "expected a .npy file, got one that ends inside its header; write the file again",
    ],
    [
      "Fortran order",
      npy(header("<f8", "(3, 1)", "True"), values),
      "expected a .npy array in C order, got Fortran order; write it with np.save(file, np.ascontiguousarray(array))",
    ],
    [
      "too little data",
      whole.subarray(0, whole.length - 1),
      "expected 24 bytes of data for shape [3], got 23; copy or write the file again",
    ],
    [
      "too much data",
      Uint8Array.from([...whole, 0]),
      "expected 24 bytes of data for shape [3], got 25; copy or write the file again",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseNpy(bytes, "d/b.npy")).toThrow(new DataError(`d/b.npy: ${message}`));
  });
  test.each([
    ["integers", header("<i8", "(3,)")],
    ["big-endian numbers", header(">f8", "(3,)")],
    ["half precision", header("<f2", "(3,)")],
    ["records", "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }\n"],
  ])("refuses %s, showing the header", (_, text) => {
    expect(() => parseNpy(npy(text, values), "b.npy")).toThrow(
      new DataError(
        "b.npy: expected a .npy array of little-endian float32 or float64 ('<f4' or '<f8'), " +
          `got ${text.trim()}; write it with np.save(file, array.astype(np.float64))`,
      ),
    );
  });
});

describe("writeNpy", () => {
  test.each<[Shape, Float32Array | Float64Array]>([
    [[3], values],
    [[1, 3], values],
    [[2, 1, 2], Float32Array.of(1, 2, 3, 4)],
    [[], Float64Array.of(5)],
  ])("is read back: %j", (shape, data) => {
    expect(parseNpy(writeNpy(shape, data), "c.npy")).toEqual({ shape, data });
  });
  test("gives the bytes of np.save (NumPy 2.4)", () => {
    const text = `\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }`;
    const expected = [...`${text.padEnd(127)}\n`].map((letter) => letter.charCodeAt(0));
    expect([...writeNpy([1], Float32Array.of(1))]).toEqual([...expected, 0, 0, 0x80, 0x3f]);
  });
  test("writes the part of a buffer that it is given", () => {
    const part = Float64Array.of(9, 1, 2, 9).subarray(1, 3);
    expect([...parseNpy(writeNpy([2], part), "c.npy").data]).toEqual([1, 2]);
  });
  test("a shape of another size is refused", () => {
    expect(() => writeNpy([2, 2], values)).toThrow(
      new ShapeError("writeNpy: expected a shape of 3 elements, got [2, 2]"),
    );
  });
});
