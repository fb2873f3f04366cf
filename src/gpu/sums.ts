/**
 * Sums of which a Program's launches have made the parts, such as split-K weight gradients. They are added up together
 * by one launch, when the first of them is wanted.
 */
import sumPartsSource from "../../shaders/sumParts.wgsl?raw";
import { sizeOf } from "../shape.ts";
import { defineKernel } from "./kernel.ts";
import { gridOver, type LaunchRequest } from "./launch.ts";
import type { Tuning } from "./tuning.ts";
import { alignBytes, pinned, type Slot, type Tensor, wholeSlot } from "./tensor.ts";

/** Parts [parts, stride] of tensors that lie one after another in a row of `stride` elements. */
export interface PartialSums {
  readonly partials: Tensor;
  readonly parts: number;
  readonly stride: number;
  readonly outputs: readonly Tensor[];
}

/** How a Program places temporaries: its own two methods. */
export interface Placement {
  place(tensor: Tensor, home: Tensor): boolean;
  resolve(slot: Slot): { readonly slot: Slot; readonly offset: number };
}

export const sumPartsKernel = defineKernel("sumParts", sumPartsSource);
/** How a block is summed: its elements, and the invocations of one. */
export interface SumShape {
  readonly elements: number;
  readonly lanes: number;
}

/** Keeps one core busy, or hides how long a GPU's memory takes. */
export const sumShapeOf = ({ bindDimensions: isSoftware }: Tuning): SumShape =>
  isSoftware ? { elements: 64, lanes: 1 } : { elements: 16, lanes: 16 };

/** Above every count, to join parts and count in a word of shaders/sumParts.wgsl. */
const countRange = 128;

/** The sums that are still to be made. */
export class Sums {
  #pending: PartialSums[] = [];

  add(sums: PartialSums): void {
    this.#pending.push(sums);
  }

  /** Whether one of these tensors is not made yet. */
  concern(tensors: readonly Tensor[]): boolean {
    const slots = new Set(this.#pending.flatMap(({ outputs }) => outputs.map(({ slot }) => slot)));
    return tensors.some(({ slot }) => slots.has(slot));
  }

  /** The launches that make all of them: one for each slot that they lie in, which is one if they have no place yet. */
  flush(placement: Placement, shape: SumShape): LaunchRequest[] {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return [];
    const partials = gather(
      "partial sums",
      pending.map((sums) => sums.partials),
      placement,
    );
    gather(
      "sums",
      pending.flatMap(({ outputs }) => outputs),
      placement,
    );
    const bySlot = new Map<Slot, number[]>();
    for (const sums of pending) addBlocks(bySlot, sums, placement, shape.elements);
    return [...bySlot].map(([slot, words]) => {
      const size = words.length / 4;
      const blocks = pinned("sums.blocks", [size, 4], "u32", new Uint32Array(words));
      const elements = pending.reduce((sum, { parts, stride }) => sum + parts * stride, 0);
      return {
        constants: { size, ...shape },
        bindings: { partials: wholeSlot(partials), blocks, y: wholeSlot(slot) },
        workgroups: gridOver(size, 1),
        flops: elements,
        bytesRead: elements * 4 + words.length * 4,
        bytesWritten: size * shape.elements * 4,
      };
    });
  }
}

/** Lays out one after another, in a temporary of their own, the tensors that have no place yet. */
function gather(name: string, tensors: readonly Tensor[], placement: Placement): Slot {
  let bytes = 0;
  const offsets = tensors.map((tensor) => {
    const offset = bytes;
    bytes = alignBytes(offset + sizeOf(tensor.shape) * 4);
    return offset;
  });
  const slot: Slot = { name, bytes, pinned: false };
  const home: Tensor = { name, shape: [bytes / 4], dtype: "f32", slot, offset: 0 };
  tensors.forEach((tensor, i) => placement.place(tensor, { ...home, offset: offsets[i]! }));
  return slot;
}

function addBlocks(
  bySlot: Map<Slot, number[]>,
  { partials, parts, stride, outputs }: PartialSums,
  placement: Placement,
  elements: number,
): void {
  let first = placement.resolve(partials.slot).offset / 4;
  for (const output of outputs) {
    const { slot, offset } = placement.resolve(output.slot);
    const words = bySlot.get(slot) ?? [];
    bySlot.set(slot, words);
    const length = sizeOf(output.shape);
    for (let i = 0; i < length; i += elements) {
      const count = Math.min(elements, length - i);
      words.push(first + i, stride, parts * countRange + count, offset / 4 + i);
    }
    first += length;
  }
}
