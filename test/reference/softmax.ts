import type { Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

/** y = exp(x) / (sum of exp(x) over the row): [N, K]. The gradient is the full Jacobian, y_k (δ_jk - y_j), times dy. */
export function softmax(x: Float64Array, shape: Shape): Reference<{ readonly dx: Float64Array }> {
  const [rows, width] = shape;
  const y = new Float64Array(x.length);
  for (let n = 0; n < rows; n++) {
    const row = x.subarray(n * width, (n + 1) * width);
    const largest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    row.forEach((value, k) => (y[n * width + k] = Math.exp(value - largest) / total));
  }
  const backward = (dy: Float64Array) => {
    const dx = new Float64Array(x.length);
    for (let n = 0; n < rows; n++)
      for (let j = 0; j < width; j++)
        for (let k = 0; k < width; k++) {
          const [from, to] = [n * width + k, n * width + j];
          dx[to] += dy[from] * y[from] * ((j === k ? 1 : 0) - y[to]);
        }
    return { dx };
  };
  return { y, shape, backward };
}
