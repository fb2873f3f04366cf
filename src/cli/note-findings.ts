/** What lint finds in a set-up that is about to be trained. */
import type { Dataset } from "../data/dataset.ts";
import type { Split } from "../data/split.ts";
import { DataError } from "../errors.ts";
import { lint } from "../nn/lint.ts";
import { lintFacts } from "../nn/lint-facts.ts";
import type { Preset } from "../nn/preset.ts";
import { note } from "./output.ts";

/**
 * Notes each finding once, whatever number of presets have it.
 *
 * @param data stands in the message of an error.
 * @throws DataError for what cannot be trained.
 */
export function noteFindings(data: string, presets: readonly Preset[], dataset: Dataset, split: Split): void {
  const facts = lintFacts(dataset, split);
  const findings = presets.flatMap((preset) => lint(preset, facts));
  const refused = findings.find(({ isRefused }) => isRefused);
  if (refused) {
    throw new DataError(`${data}: expected a set-up that can be trained, got one that cannot: ${refused.message}`);
  }
  for (const line of new Set(findings.map(({ rule, message }) => `note: ${rule}: ${message}`))) note(line);
}
