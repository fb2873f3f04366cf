import { sizeOf, window2d, type Padding, type Pair, type Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

export interface Conv2dOptions {
  readonly strides: Pair;
  readonly padding: Padding;
  /** y = max(0, convolution + bias). */
  readonly relu?: boolean;
}

export interface Conv2dGradients {
  readonly dx: Float64Array;
  readonly dw: Float64Array;
  /** What a bias gets, whether or not there is one. */
  readonly dbias: Float64Array;
}

/**
 * Cross-correlation, as Keras's Conv2D: y[n,f,i,j] = bias[f] + sum x[n,c,u,v] w[f,c,a,b] over c, a, b with
 * u = i sH + a - pT and v = j sW + b - pL inside the input.
 *
 * x `[N, C, H, W]`, w `[filters, C, kH, kW]`, y `[N, filters, OH, OW]`.
 */
export function conv2d(
  x: Float64Array,
  xShape: Shape,
  w: Float64Array,
  wShape: Shape,
  bias: Float64Array | null,
  { strides, padding, relu = false }: Conv2dOptions,
): Reference<Conv2dGradients> {
  const geometry = window2d("reference conv2d", xShape, [wShape[2], wShape[3]], strides, padding);
  const shape = [geometry.batch, wShape[0], ...geometry.outputSize];
  const plane = geometry.outputSize[0] * geometry.outputSize[1];
  const filterOf = (o: number): number => Math.floor(o / plane) % wShape[0];

  const z = new Float64Array(sizeOf(shape));
  if (bias) for (let o = 0; o < z.length; o++) z[o] = bias[filterOf(o)];
  eachWindowRow(geometry, wShape[0], (o, i, k, length) => {
    for (let t = 0; t < length; t++) z[o] += x[i + t] * w[k + t];
  });

  return {
    y: relu ? z.map((value) => Math.max(0, value)) : z,
    shape,
    backward(dy) {
      const dz = relu ? dy.map((d, o) => (z[o] > 0 ? d : 0)) : dy;
      const dx = new Float64Array(x.length);
      const dw = new Float64Array(w.length);
      const dbias = new Float64Array(wShape[0]);
      eachWindowRow(geometry, wShape[0], (o, i, k, length) => {
        for (let t = 0; t < length; t++) {
          dx[i + t] += dz[o] * w[k + t];
          dw[k + t] += dz[o] * x[i + t];
        }
      });
      dz.forEach((d, o) => (dbias[filterOf(o)] += d));
      return { dx, dw, dbias };
    },
  };
}

/**
 * Visits every row of every window, cut at the padding: output o sums the products x[i + t] w[k + t], 0 <= t < length.
 */
function eachWindowRow(
  { batch, channels, inputSize, outputSize, window, strides, padBefore }: ReturnType<typeof window2d>,
  filters: number,
  visit: (o: number, i: number, k: number, length: number) => void,
): void {
  const [height, width] = inputSize;
  for (let n = 0, o = 0; n < batch; n++)
    for (let f = 0; f < filters; f++)
      for (let row = 0; row < outputSize[0]; row++)
        for (let column = 0; column < outputSize[1]; column++, o++)
          for (let c = 0; c < channels; c++)
            for (let a = 0; a < window[0]; a++) {
              const u = row * strides[0] + a - padBefore[0];
              if (u < 0 || u >= height) continue;
              const v = column * strides[1] - padBefore[1];
              const first = Math.max(0, -v);
              const length = Math.min(window[1], width - v) - first;
              const i = ((n * channels + c) * height + u) * width + v + first;
              const k = ((f * channels + c) * window[0] + a) * window[1] + first;
              visit(o, i, k, length);
            }
}
