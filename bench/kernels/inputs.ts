/**
 * Random inputs. A batch at R-Net's shapes repeats two images: the work is the same, and the reference, which takes
 * float64 loops in one thread, has to compute only those two. Odd shapes repeat nothing.
 */
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { RandomStream } from "../../src/rng.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";

/** A tensor of the device with its values, which are exact in both precisions. */
export interface Input {
  readonly tensor: Tensor;
  readonly values: Float64Array;
}

/** Uniform values in [low, high), a pure function of the name and the shape. */
export function randomInput(name: string, shape: Shape, low = -1, high = 1): Input {
  const random = new RandomStream(0, `bench ${name}`);
  return inputOf(
    name,
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(low, high)),
  );
}

export const inputOf = (name: string, shape: Shape, values: Float32Array<ArrayBuffer>): Input => ({
  tensor: pinned(name, shape, "f32", values),
  values: Float64Array.from(values),
});

/** A batch of images, or of rows, that repeats its first few. */
export interface Batch {
  /** All of them, for the device. */
  readonly tensor: Tensor;
  /** The different ones, for the reference. */
  readonly values: Float64Array;
  readonly shape: Shape;
}

/** How often a batch repeats its images: two of them, or one where the batch is odd; an odd shape never does. */
export const copiesOf = (batch: number, repeated: boolean): number =>
  repeated ? batch / (batch % 2 === 0 ? 2 : 1) : 1;

export function randomBatch(name: string, shape: Shape, copies: number): Batch {
  const [batch = 0, ...rest] = shape;
  const own = [batch / copies, ...rest];
  const { values } = randomInput(name, own);
  return { tensor: pinned(name, shape, "f32", Float32Array.from(repeat(values, copies))), values, shape: own };
}

/** What a batch of copies gives where each image is on its own. */
export function repeat(values: Float64Array, copies: number): Float64Array {
  const all = new Float64Array(values.length * copies);
  for (let copy = 0; copy < copies; copy++) all.set(values, copy * values.length);
  return all;
}

/** What a batch of copies gives where a gradient sums over the images. */
export const scale = (values: Float64Array, factor: number): Float64Array => values.map((value) => factor * value);
