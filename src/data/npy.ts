/** NumPy's .npy files, format versions 1 and 2 (numpy.lib.format). */
import { DataError, ShapeError } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";

/** An array in C order, the last index fastest. */
export interface NpyArray {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
}

const magic = [0x93, ...new TextEncoder().encode("NUMPY")];
/** Magic and the two bytes of the version. */
const prefixLength = magic.length + 2;
/** NumPy aligns the data to this, so that a file can be mapped. */
const alignment = 64;

/**
 * The array in a .npy file of little-endian float32 or float64 in C order.
 *
 * @param name stands in messages.
 * @throws DataError if `bytes` is anything else, or shorter or longer than its header says.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { header, dataStart } = readHeader(bytes, name);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const fortranOrder = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sides = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (fortranOrder === undefined || sides === undefined || (descr !== "<f4" && descr !== "<f8")) {
    throw new DataError(
      `${name}: expected a .npy array of little-endian float32 or float64 ('<f4' or '<f8'), got ${header.trim()}; ` +
        "write it with np.save(file, array.astype(np.float64))",
    );
  }
  if (fortranOrder === "True") {
    throw new DataError(
      `${name}: expected a .npy array in C order, got Fortran order; ` +
        "write it with np.save(file, np.ascontiguousarray(array))",
    );
  }
  const shape = sides
    .split(",")
    .filter((side) => side.trim() !== "")
    .map(Number);
  const expected = sizeOf(shape) * (descr === "<f4" ? 4 : 8);
  const data = bytes.subarray(dataStart);
  if (data.byteLength !== expected) {
    throw new DataError(
      `${name}: expected ${expected} bytes of data for shape ${showShape(shape)}, got ${data.byteLength}; ` +
        "copy or write the file again",
    );
  }
  const buffer = new Uint8Array(data).buffer;
  return { shape, data: descr === "<f4" ? new Float32Array(buffer) : new Float64Array(buffer) };
}

function readHeader(bytes: Uint8Array, name: string): { header: string; dataStart: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    throw new DataError(`${name}: expected a .npy file, got another kind of file; write it with np.save`);
  }
  const ended = new DataError(
    `${name}: expected a .npy file, got one that ends inside its header; write the file again`,
  );
  if (bytes.length < prefixLength + 4) throw ended;
  const version = bytes[magic.length];
  if (version !== 1 && version !== 2) {
    throw new DataError(`${name}: expected .npy version 1 or 2, got ${version}; write it with np.save`);
  }
  // The header's length takes two bytes in version 1 and four in version 2.
  const start = prefixLength + 2 * version;
  const dataStart = start + (version === 1 ? view.getUint16(prefixLength, true) : view.getUint32(prefixLength, true));
  if (dataStart > bytes.length) throw ended;
  return { header: new TextDecoder().decode(bytes.subarray(start, dataStart)), dataStart };
}

/**
 * The bytes of a .npy file of version 1, for np.load.
 *
 * @throws ShapeError if `shape` does not hold `data`'s number of elements.
 */
export function writeNpy(shape: Shape, data: Float32Array | Float64Array): Uint8Array {
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(`writeNpy: expected a shape of ${data.length} elements, got ${showShape(shape)}`);
  }
  const descr = data instanceof Float32Array ? "<f4" : "<f8";
  const sides = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const description = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sides}, }`;
  const start = prefixLength + 2;
  const dataStart = Math.ceil((start + description.length + 1) / alignment) * alignment;
  const header = `${description.padEnd(dataStart - start - 1)}\n`;

  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(prefixLength, header.length, true);
  bytes.set(new TextEncoder().encode(header), start);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return bytes;
}
