/** What `lint` looks at besides a preset, and what it finds. */

/** What a preset meets. */
export interface LintFacts {
  /** Numbers to predict of an image. */
  readonly outputs: number;
  /** Whether the labels of each image are parts of 1. */
  readonly isComposition: boolean;
  /** Images that train. */
  readonly trainImages: number;
  /** Images that validate. */
  readonly validationImages: number;
  /** Groups of equal images that lie in more than one part of the split. */
  readonly overlaps: number;
  /** Groups of images alike but for turns, mirroring, brightness or noise that lie in more than one part. */
  readonly nearOverlaps: number;
}

/** In the order in which they are told: data, schedule, augmentation, network, labels, metrics. */
export const lintRules = [
  "duplicates",
  "near-duplicates",
  "batch",
  "last-batch",
  "schedule",
  "black-fill",
  "pool-drops-edge",
  "composition",
  "head",
  "batch-means",
] as const;

export type LintRule = (typeof lintRules)[number];

export interface Finding {
  readonly rule: LintRule;
  /** Whether training refuses it; everything else trains, worse than it could. */
  readonly isRefused: boolean;
  /** What is wrong, and the cure where there is one. */
  readonly message: string;
  /** Where the thesis has it; null where it does not say. */
  readonly thesis: string | null;
}
