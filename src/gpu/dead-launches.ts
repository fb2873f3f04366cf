/** Launches whose results nobody reads: an op records what it may be asked for, and the list leaves out what is not. */
import type { Recorded } from "./launch.ts";
import type { Slot } from "./tensor.ts";

/** What of a recording somebody reads. */
export interface Live {
  /** In their order. */
  readonly launches: readonly Recorded[];
  /** Whether a slot is read: by one of these launches, or after the run. */
  readonly reads: (slot: Slot) => boolean;
}

/**
 * Leaves out every launch that writes only what no later launch reads and what does not outlast the run, and so on for
 * what only those have read.
 *
 * @param placeOf the slot whose memory a slot takes.
 * @param kept temporaries that are read after the run.
 */
export function withoutDead(recorded: readonly Recorded[], placeOf: (slot: Slot) => Slot, kept: Iterable<Slot>): Live {
  const read = new Set([...kept].map(placeOf));
  const reads = (slot: Slot) => placeOf(slot).pinned || read.has(placeOf(slot));
  const launches: Recorded[] = [];
  for (const entry of [...recorded].reverse()) {
    const bound = Object.entries(entry.request.bindings);
    const writes = ([name]: (typeof bound)[number]) => entry.kernel.bindings.get(name)?.access === "write";
    if (!bound.some((binding) => writes(binding) && reads(binding[1].slot))) continue;
    launches.push(entry);
    // A launch may also read what it writes.
    for (const [, tensor] of bound) read.add(placeOf(tensor.slot));
  }
  return { launches: launches.reverse(), reads };
}
