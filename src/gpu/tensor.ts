/**
 * Tensors are names for memory, not memory. A `Slot` is a run of bytes; a `Tensor` is a shaped view of one. The plan of
 * a Program gives temporary slots their buffers; pinned slots keep theirs on the device from run to run.
 */
import { type Shape, showShape, sizeOf } from "../shape.ts";
import { ShapeError } from "../errors.ts";

/** `u8` is packed four to a 32-bit word, as WGSL reads it. */
export type Dtype = "f32" | "u32" | "u8";

/** Bindings may start only at multiples of 256 bytes: WebGPU's default `min*BufferOffsetAlignment`. */
export const bindingAlignment = 256;

/** A run of bytes that a Program's launches read and write. */
export interface Slot {
  readonly name: string;
  readonly bytes: number;
  /** Pinned: the device keeps its contents between runs. Otherwise the plan may reuse its memory within a run. */
  readonly pinned: boolean;
  /** What a pinned slot holds when its buffer is made; zeros if absent. */
  readonly initial?: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** A shaped view of a slot. */
export interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly slot: Slot;
  /** Bytes from the start of the slot. */
  readonly offset: number;
  readonly fused?: FusedWork;
}

/**
 * What a kernel left undone of an op, or did besides, for the kernels that read its output. A launch refuses a tensor
 * with work left undone; whoever does that work binds it `bare`.
 */
export interface FusedWork {
  /** Undone: the tensor stands for scale[c] * x + shift[c]. [C or more, 4] of (scale, shift, mean, inverse). */
  readonly statistics?: Tensor;
  /** Undone: the tensor stands for a gradient that is its element where `arg` says so and 0 elsewhere. */
  readonly pool?: { readonly arg: Tensor; readonly window: readonly [number, number] };
  /** Done: parts of the moments of the tensor's channels. [C, parts, 4]. */
  readonly moments?: Tensor;
  /** Done: parts of the sums of a gradient and of its product with the normalised input. [C, parts, 2]. */
  readonly gradientSums?: Tensor;
}

/** The tensor as its bytes are. */
export const bare = ({ name, shape, dtype, slot, offset }: Tensor): Tensor => ({ name, shape, dtype, slot, offset });

/** Whether the bytes are not yet what the tensor stands for. */
export const isUndone = ({ fused }: Tensor): boolean => fused?.statistics !== undefined || fused?.pool !== undefined;

export const bytesOf = (shape: Shape, dtype: Dtype): number =>
  dtype === "u8" ? Math.ceil(sizeOf(shape) / 4) * 4 : sizeOf(shape) * 4;

export const alignBytes = (bytes: number): number => Math.ceil(bytes / bindingAlignment) * bindingAlignment;

/** A tensor with a pinned slot of its own: a data set, a running statistic, a metric. */
export function pinned(name: string, shape: Shape, dtype: Dtype = "f32", initial?: Slot["initial"]): Tensor {
  const slot: Slot = { name, bytes: bytesOf(shape, dtype), pinned: true, ...(initial && { initial }) };
  return { name, shape, dtype, slot, offset: 0 };
}

/** The same elements in the same order under another shape; records nothing. */
export function reshape(tensor: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== sizeOf(tensor.shape)) {
    throw new ShapeError(
      `reshape: expected a shape of ${sizeOf(tensor.shape)} elements for ${tensor.name}, got ${showShape(shape)}`,
    );
  }
  return { ...tensor, shape };
}

/**
 * Lays tensors out one after another in a single pinned slot, so that one launch can walk over all of them: the
 * optimizer updates every parameter at once. Each tensor starts at a multiple of 256 bytes, as bindings must.
 */
export function arena(name: string, tensors: readonly { name: string; shape: Shape }[]): Map<string, Tensor> {
  let bytes = 0;
  const offsets = tensors.map(({ shape }) => {
    const offset = bytes;
    bytes = alignBytes(offset + bytesOf(shape, "f32"));
    return offset;
  });
  const slot: Slot = { name, bytes: Math.max(bytes, bindingAlignment), pinned: true };
  return new Map(
    tensors.map((tensor, i) => [tensor.name, { ...tensor, dtype: "f32" as const, slot, offset: offsets[i]! }]),
  );
}

/** The whole of a slot as one vector of floats. */
export const wholeSlot = (slot: Slot): Tensor => ({
  name: slot.name,
  shape: [slot.bytes / 4],
  dtype: "f32",
  slot,
  offset: 0,
});
