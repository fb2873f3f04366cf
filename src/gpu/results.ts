/** What some launches of a list compute for the others. */
import type { Launch, Recorded } from "./launch.ts";
import type { Slot, Tensor } from "./tensor.ts";

/**
 * Tensors that launches of this layer and phase write and that launches elsewhere read, or that last, each once. Partial sums that
 * stay among them are not part of it.
 *
 * @param isPlaced whether a slot became part of another.
 */
export function resultsOf(
  recorded: readonly Recorded[],
  { layer, phase }: Pick<Launch, "layer" | "phase">,
  isPlaced: (slot: Slot) => boolean,
): Tensor[] {
  const isOwn = ({ launch }: Recorded) => launch.layer === layer && launch.phase === phase;
  const others = recorded.filter((entry) => !isOwn(entry));
  const read = new Set(others.flatMap(({ request }) => Object.values(request.bindings).map(({ slot }) => slot)));
  const written = recorded.filter(isOwn).flatMap(({ kernel, request }) =>
    Object.entries(request.bindings)
      .filter(([name]) => kernel.bindings.get(name)?.access === "write")
      .map(([, tensor]) => tensor),
  );
  return [...new Set(written)].filter(({ slot }) => slot.pinned || isPlaced(slot) || read.has(slot));
}
