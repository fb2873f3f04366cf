/** The memory plan of a Program: which buffer each temporary slot lives in. */
import type { Slot } from "./tensor.ts";

/** A temporary slot and the first and last launch that touch it. */
export interface Lifetime {
  readonly slot: Slot;
  readonly first: number;
  last: number;
}

export interface PlannedBuffer {
  readonly bytes: number;
  readonly holds: Lifetime[];
}

/** @param uses the slots that each launch touches, in the order of the launches. @param kept those read after a run. */
export function lifetimesOf(uses: readonly (readonly Slot[])[], kept: readonly Slot[]): Lifetime[] {
  const lifetimes = new Map<Slot, Lifetime>();
  uses.forEach((slots, i) => {
    for (const slot of slots) {
      if (slot.pinned) continue;
      const known = lifetimes.get(slot);
      if (known) known.last = i;
      else lifetimes.set(slot, { slot, first: i, last: i });
    }
  });
  for (const slot of kept) {
    const lifetime = lifetimes.get(slot);
    if (lifetime) lifetime.last = Infinity;
  }
  return [...lifetimes.values()];
}

/**
 * Assigns slots to buffers, the largest slot first: two share a buffer if no launch needs both. Whole buffers are
 * shared, never ranges of one, because WebGPU forbids a buffer to be read and written in the same dispatch.
 */
export function planMemory(lifetimes: readonly Lifetime[]): PlannedBuffer[] {
  const buffers: PlannedBuffer[] = [];
  const largestFirst = [...lifetimes].sort((a, b) => b.slot.bytes - a.slot.bytes || a.first - b.first);
  for (const lifetime of largestFirst) {
    const free = buffers.find(({ holds }) => holds.every((other) => apart(lifetime, other)));
    if (free) free.holds.push(lifetime);
    else buffers.push({ bytes: lifetime.slot.bytes, holds: [lifetime] });
  }
  return buffers;
}

const apart = (a: Lifetime, b: Lifetime): boolean => a.last < b.first || b.last < a.first;
