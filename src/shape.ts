/**
 * Shape rules, pure arithmetic. Images are planar, `[N, C, H, W]`: a feature map is a plane. Convolution weights are
 * `[Cout, Cin, kH, kW]`, dense weights `[in, out]`.
 */
import { ShapeError } from "./errors.ts";

export type Shape = readonly number[];
export type Pair = readonly [number, number];
export type Padding = "valid" | "same";

/** Number of elements: the product of the dimensions, 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dimension) => product * dimension, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** A window that walks over the last two dimensions of an `[N, C, H, W]` tensor, as a convolution and a pool do. */
export interface Window2d {
  /** N, C, H, W of the input. */
  readonly batch: number;
  readonly channels: number;
  readonly inputSize: Pair;
  readonly outputSize: Pair;
  readonly window: Pair;
  readonly strides: Pair;
  /** Rows above and columns to the left that the window may cover outside the input. */
  readonly padBefore: Pair;
}

/**
 * Where windows lie, by Keras's rules: "valid" drops what does not fill a window; "same" gives ceil(in / stride)
 * outputs and puts the odd cell of padding below and to the right.
 *
 * @throws ShapeError if `x` is not of rank 4, a window or stride is not a positive integer, or nothing fits.
 */
export function window2d(where: string, x: Shape, window: Pair, strides: Pair, padding: Padding): Window2d {
  if (x.length !== 4) throw new ShapeError(`${where}: expected an input [N, C, H, W], got ${showShape(x)}`);
  for (const [name, pair] of [
    ["window", window],
    ["strides", strides],
  ] as const) {
    if (!pair.every((v) => Number.isInteger(v) && v > 0)) {
      throw new ShapeError(`${where}: expected ${name} of two positive integers, got ${showShape(pair)}`);
    }
  }
  const [batch, channels, height, width] = x as readonly [number, number, number, number];
  const rows = along(height, window[0], strides[0], padding);
  const columns = along(width, window[1], strides[1], padding);
  if (rows.output < 1 || columns.output < 1) {
    throw new ShapeError(
      `${where}: expected a window no larger than the input's ${showShape([height, width])} (padding "${padding}"), ` +
        `got window ${showShape(window)}`,
    );
  }
  return {
    batch,
    channels,
    inputSize: [height, width],
    outputSize: [rows.output, columns.output],
    window,
    strides,
    padBefore: [rows.before, columns.before],
  };
}

function along(input: number, window: number, stride: number, padding: Padding): { output: number; before: number } {
  if (padding === "valid") return { output: Math.floor((input - window) / stride) + 1, before: 0 };
  const output = Math.ceil(input / stride);
  const total = Math.max((output - 1) * stride + window - input, 0);
  return { output, before: Math.floor(total / 2) };
}
