import { sizeOf, window2d, type Padding, type Pair, type Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

export interface MaxPool2dOptions {
  readonly window: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/**
 * Max pooling over `[N, C, H, W]`: y[n,c,i,j] = max x[n,c,u,v] over the window; padding is skipped, not read as zero.
 * Of equal maxima the first in row-major order takes the whole gradient, as in TensorFlow's CPU kernel.
 */
export function maxPool2d(
  x: Float64Array,
  xShape: Shape,
  { window, strides, padding }: MaxPool2dOptions,
): Reference<{ readonly dx: Float64Array }> {
  const geometry = window2d("reference maxPool2d", xShape, window, strides, padding);
  const [height, width] = geometry.inputSize;
  const [rows, columns] = geometry.outputSize;
  const [top, left] = geometry.padBefore;
  const shape = [geometry.batch, geometry.channels, rows, columns];
  const y = new Float64Array(sizeOf(shape)).fill(-Infinity);
  const winner = new Int32Array(y.length);
  for (let plane = 0, o = 0; plane < geometry.batch * geometry.channels; plane++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, o++)
        for (let a = 0; a < window[0]; a++)
          for (let b = 0; b < window[1]; b++) {
            const u = row * strides[0] + a - top;
            const v = column * strides[1] + b - left;
            if (u < 0 || u >= height || v < 0 || v >= width) continue;
            const i = (plane * height + u) * width + v;
            if (x[i] > y[o]) [y[o], winner[o]] = [x[i], i];
          }
  return {
    y,
    shape,
    backward(dy) {
      const dx = new Float64Array(x.length);
      dy.forEach((d, o) => (dx[winner[o]] += d));
      return { dx };
    },
  };
}
