/** What `lint` has to know of a data set and its split. */
import type { Dataset } from "../data/dataset.ts";
import { duplicateGroups } from "../data/duplicates.ts";
import { labelSums } from "../data/label-statistics.ts";
import { nearDuplicateGroups } from "../data/near-duplicates.ts";
import { scoredParts, type Split } from "../data/split.ts";
import { sizeOf } from "../shape.ts";
import type { LintFacts } from "./lint-finding.ts";

export function lintFacts({ pixels, size, labels, outputs }: Dataset, split: Split): LintFacts {
  const partOf = new Map(
    scoredParts.flatMap((part) => Array.from(split[part] ?? [], (image) => [image, part] as const)),
  );
  const overlapsOf = (groups: readonly (readonly number[])[]) =>
    groups.filter((group) => new Set(group.map((image) => partOf.get(image))).size > 1).length;
  return {
    outputs: outputs.length,
    isComposition: labelSums({ outputs, values: labels }).isComposition,
    trainImages: split.train.length,
    validationImages: split.validation.length,
    overlaps: overlapsOf(duplicateGroups(pixels, sizeOf(size))),
    nearOverlaps: overlapsOf((nearDuplicateGroups(pixels, size) ?? []).map(({ images }) => images)),
  };
}
