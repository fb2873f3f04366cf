import type { Pair } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

export interface DenseGradients {
  readonly dx: Float64Array;
  readonly dw: Float64Array;
  readonly dbias: Float64Array;
}

/** y[n,o] = bias[o] + sum over i of x[n,i] w[i,o], then the ReLU where asked: Keras's Dense. x `[N, in]`, w `[in, out]`. */
export function dense(
  x: Float64Array,
  [batch, inputs]: Pair,
  w: Float64Array,
  [, outputs]: Pair,
  bias: Float64Array,
  { relu = false }: { readonly relu?: boolean } = {},
): Reference<DenseGradients> {
  const z = new Float64Array(batch * outputs);
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++) {
      z[n * outputs + o] = bias[o];
      for (let i = 0; i < inputs; i++) z[n * outputs + o] += x[n * inputs + i] * w[i * outputs + o];
    }
  return {
    y: relu ? z.map((value) => Math.max(0, value)) : z,
    shape: [batch, outputs],
    backward(dy) {
      const dz = relu ? dy.map((d, o) => (z[o] > 0 ? d : 0)) : dy;
      const dx = new Float64Array(x.length);
      const dw = new Float64Array(w.length);
      const dbias = new Float64Array(outputs);
      for (let n = 0; n < batch; n++)
        for (let o = 0; o < outputs; o++) {
          const d = dz[n * outputs + o];
          dbias[o] += d;
          for (let i = 0; i < inputs; i++) {
            dx[n * inputs + i] += d * w[i * outputs + o];
            dw[i * outputs + o] += d * x[n * inputs + i];
          }
        }
      return { dx, dw, dbias };
    },
  };
}
