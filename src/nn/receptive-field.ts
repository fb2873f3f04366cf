/**
 * Which pixels an element of a feature map looks at (Araujo, Norris, Sim 2019, "Computing receptive fields"): windows
 * of size k and stride s after one another give, along each axis,
 *
 *   centre += ((k - 1) / 2 - padBefore) * stride so far      size += (k - 1) * stride so far      stride *= s
 */
import { ShapeError } from "../errors.ts";
import { type Pair, sameShape, showShape, window2d } from "../shape.ts";
import type { PlacedLayer } from "./sequential.ts";

/** Rows, then columns, in pixels of the input. */
export interface ReceptiveField {
  /** Pixels that an element depends on, if none lies outside the image. */
  readonly size: Pair;
  /** From one element's centre to the next. */
  readonly stride: Pair;
  /** Of element 0; 0 is the centre of the first pixel. */
  readonly centre: Pair;
}

/**
 * The receptive field of a layer's output.
 *
 * @param layers of a chain, from the image on.
 * @throws ShapeError if there is no such layer, or one before it changes planes by other means than a window.
 */
export function receptiveField(layers: readonly PlacedLayer[], name: string): ReceptiveField {
  const last = layers.findIndex((placed) => placed.name === name);
  if (last < 0) throw new ShapeError(`receptive field: expected a layer of the model, got "${name}"`);
  return layers.slice(0, last + 1).reduce(through, { size: [1, 1], stride: [1, 1], centre: [0, 0] });
}

function through(field: ReceptiveField, { name, layer, input, output }: PlacedLayer): ReceptiveField {
  if (!layer.window) {
    if (output.length === 3 && sameShape(input.slice(1), output.slice(1))) return field;
    throw new ShapeError(
      `receptive field: expected ${name} to slide a window over its planes, got ${showShape(input)} to ${showShape(output)}`,
    );
  }
  const { size, strides, padding } = layer.window;
  const { padBefore } = window2d(name, [1, ...input], size, strides, padding);
  const along = (of: (axis: 0 | 1) => number): Pair => [of(0), of(1)];
  return {
    size: along((axis) => field.size[axis] + (size[axis] - 1) * field.stride[axis]),
    stride: along((axis) => field.stride[axis] * strides[axis]),
    centre: along((axis) => field.centre[axis] + ((size[axis] - 1) / 2 - padBefore[axis]) * field.stride[axis]),
  };
}
