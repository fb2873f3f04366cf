/** Where the thesis says two things, and what this project makes of it: `presets/contradictions.json`. */
import { z } from "zod";
import type { Difference } from "./differences.ts";
import type { Preset } from "./preset.ts";
import given from "./presets/contradictions.json" with { type: "json" };

const schema = z.array(
  z.strictObject({
    row: z.int().positive(),
    /** Keys of a preset that it decides; none where a preset cannot express it. */
    keys: z.array(z.string()),
    /** What one place of the thesis says, and what another. */
    places: z.tuple([z.string(), z.string()]),
    /** Which preset follows which, or what is done instead. */
    settled: z.string(),
  }),
);

export type Contradiction = z.infer<typeof schema>[number];

/** All that were found, in the order of their rows. */
export const contradictions: readonly Contradiction[] = schema.parse(given);

/** Those that explain differences between two presets; none where one of them is not of the thesis. */
export function contradictionsBetween(a: Preset, b: Preset, found: readonly Difference[]): Contradiction[] {
  if (a.network === "tiny" || b.network === "tiny") return [];
  // Between two networks other keys differ for other reasons.
  const decisive = found.filter(({ key }) => a.network === b.network || key === "network");
  return contradictions.filter(({ keys }) => decisive.some(({ key }) => keys.includes(key)));
}
