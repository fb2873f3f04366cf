import type { Pair, Shape } from "../../src/shape.ts";
import type { Reference } from "./reference.ts";

/** The middle of each plane: rows from floor((H - height) / 2) on, and columns likewise. */
export function crop2d(x: Float64Array, shape: Shape, [height, width]: Pair): Reference<{ readonly dx: Float64Array }> {
  const [batch, channels, inHeight, inWidth] = shape;
  const [top, left] = [(inHeight - height) >> 1, (inWidth - width) >> 1];
  const kept: number[] = [];
  for (let plane = 0; plane < batch * channels; plane++)
    for (let row = top; row < top + height; row++)
      for (let column = left; column < left + width; column++) kept.push((plane * inHeight + row) * inWidth + column);
  return {
    y: Float64Array.from(kept, (from) => x[from]),
    shape: [batch, channels, height, width],
    backward: (dy) => {
      const dx = new Float64Array(x.length);
      kept.forEach((from, to) => (dx[from] += dy[to]));
      return { dx };
    },
  };
}
