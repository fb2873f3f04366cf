import { window2d } from "../../src/shape.ts";
import type { Padding, Shape } from "../../src/shape.ts";

/** R-Net's numbers, stated once so that every peer builds the same network. Dropout is left out: it is 0 here. */
export const rnet = {
  /** Filters of the 3x3 convolutions; each is followed by bias, ReLU and batch norm. */
  filters: [16, 16, 32, 32, 64, 64],
  /** Units of the hidden dense layers; each is followed by bias, ReLU and batch norm. */
  units: [128, 64, 32],
  batchNorm: { momentum: 0.99, epsilon: 1e-3 },
  /** Keras's since 2.11: v = rho * v + (1 - rho) * g^2, and the weight loses learningRate * g / sqrt(v + epsilon). */
  rmsprop: { rho: 0.9, epsilon: 1e-7 },
} as const;

/** Whether a 2x2 max pool follows the batch norm of the convolution with this index: it does after every second. */
export const isPooled = (convolution: number): boolean => convolution % 2 === 1;

/** `[C, H, W]` of the feature map that the flatten layer takes. */
export function flattenedShape(size: number, padding: Padding): readonly [number, number, number] {
  let shape: Shape = [1, 1, size, size];
  rnet.filters.forEach((filters, i) => {
    shape = [1, filters, ...window2d(`conv${i + 1}`, shape, [3, 3], [1, 1], padding).outputSize];
    if (isPooled(i)) shape = [1, filters, ...window2d(`pool${i + 1}`, shape, [2, 2], [2, 2], "valid").outputSize];
  });
  return [shape[1], shape[2], shape[3]];
}

/** Shapes of all tensors by cellgrad's names, in network order: trainable weights and moving statistics. */
export function weightShapes(size: number, padding: Padding, outputs: number): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  let inputs = 1;
  rnet.filters.forEach((filters, i) => {
    addLayer(shapes, `conv${i + 1}`, [filters, inputs, 3, 3], filters);
    addBatchNorm(shapes, `bn${i + 1}`, filters);
    inputs = filters;
  });
  inputs = flattenedShape(size, padding).reduce((product, dimension) => product * dimension, 1);
  rnet.units.forEach((units, i) => {
    addLayer(shapes, `dense${i + 1}`, [inputs, units], units);
    addBatchNorm(shapes, `bn${rnet.filters.length + i + 1}`, units);
    inputs = units;
  });
  addLayer(shapes, "output", [inputs, outputs], outputs);
  return shapes;
}

function addLayer(shapes: Map<string, Shape>, name: string, weight: Shape, channels: number): void {
  shapes.set(`${name}.weight`, weight).set(`${name}.bias`, [channels]);
}

function addBatchNorm(shapes: Map<string, Shape>, name: string, channels: number): void {
  for (const part of ["gamma", "beta", "movingMean", "movingVariance"]) shapes.set(`${name}.${part}`, [channels]);
}
