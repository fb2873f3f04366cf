/** A data set's card: what is in it, what its labels can bear, and what is wrong with it. */
import type { Pair } from "../shape.ts";
import { sizeOf } from "../shape.ts";
import { duplicateGroups } from "./duplicates.ts";
import type { ImageFacts } from "./image.ts";
import { type Drawn, type LabelNoise, labelNoise } from "./label-noise.ts";
import {
  type Baseline,
  baselineOf,
  labelSums,
  type LabelSums,
  outputStatistics,
  type OutputStatistics,
} from "./label-statistics.ts";
import { scoredParts, type Split } from "./split.ts";

/** What a card is made of: the images that can be used, N of them, at least one, and what is wrong with others. */
export interface CardInput {
  /** The folder as given. */
  readonly data: string;
  readonly names: readonly string[];
  readonly facts: readonly ImageFacts[];
  /** H, W. */
  readonly size: Pair;
  /** [N, H, W]. */
  readonly pixels: Uint8Array;
  readonly outputs: readonly string[];
  /** [N, K]. */
  readonly labels: Float32Array;
  /** Null where it is not known how the cells were drawn. */
  readonly drawn: Drawn | null;
  /** How the images would be split; null if they could not. */
  readonly split: Split | null;
  readonly problems: readonly string[];
}

/** Images of one kind. */
export interface ImageKind extends ImageFacts {
  readonly images: number;
}

/** Images with the same pixels at the size that they were read at. */
export interface DuplicateGroup {
  readonly names: readonly string[];
  readonly sameLabels: boolean;
  /** The parts of the split that they lie in; more than one is a leak. */
  readonly parts: readonly (keyof Split)[];
}

export interface DataCard {
  readonly data: string;
  /** That can be used. */
  readonly images: number;
  /** H, W that images were resized to. */
  readonly size: Pair;
  /** The most frequent first. */
  readonly kinds: readonly ImageKind[];
  readonly outputs: readonly OutputStatistics[];
  readonly sums: LabelSums;
  readonly baselines: {
    /** Each output's mean for every image. */
    readonly mean: Baseline;
    /** 1 / K for every output; null where labels are no shares of a whole. */
    readonly equalShares: Baseline | null;
  };
  readonly noise: LabelNoise | null;
  readonly duplicates: readonly DuplicateGroup[];
  /** Images in each part. */
  readonly split: { readonly [Part in keyof Split]: number } | null;
  /** Groups of duplicates that lie in more than one part. */
  readonly overlaps: number;
  /** Of images that cannot be used, a line each. */
  readonly problems: readonly string[];
}

export function makeCard(input: CardInput): DataCard {
  const { data, names, facts, size, outputs, split, problems } = input;
  const labels = { outputs, values: input.labels };
  const [statistics, sums] = [outputStatistics(labels), labelSums(labels)];
  const duplicates = duplicatesOf(input);
  const equal = outputs.map(() => 1 / outputs.length);
  return {
    data,
    images: names.length,
    size,
    kinds: kindsOf(facts),
    outputs: statistics,
    sums,
    baselines: {
      mean: baselineOf(
        labels,
        statistics.map(({ mean }) => mean),
      ),
      equalShares: sums.isComposition ? baselineOf(labels, equal) : null,
    },
    noise: noiseOf(input),
    duplicates,
    split: split && countsOf(split),
    overlaps: duplicates.filter(({ parts }) => parts.length > 1).length,
    problems,
  };
}

const countsOf = ({ train, validation, test, outOfRange }: Split): NonNullable<DataCard["split"]> => ({
  ...{ train: train.length, validation: validation.length, test: test.length },
  ...(outOfRange && { outOfRange: outOfRange.length }),
});

function kindsOf(facts: readonly ImageFacts[]): readonly ImageKind[] {
  const kinds = new Map<string, ImageKind>();
  for (const { format, height, width, bits, channels, pages } of facts) {
    const kind = { format, height, width, bits, channels, pages };
    const key = JSON.stringify(kind);
    kinds.set(key, { ...kind, images: (kinds.get(key)?.images ?? 0) + 1 });
  }
  return [...kinds.values()].sort((a, b) => b.images - a.images);
}

function noiseOf({ drawn, labels, outputs }: CardInput): LabelNoise | null {
  if (!drawn) return null;
  const rows = drawn.priors.map((_, i) => [...labels.subarray(i * outputs.length, (i + 1) * outputs.length)]);
  return labelNoise(rows, drawn.priors, drawn.counts) ?? null;
}

function duplicatesOf({ pixels, size, names, labels, outputs, split }: CardInput): readonly DuplicateGroup[] {
  const partsOf = (indices: readonly number[]) =>
    scoredParts.filter((part) => indices.some((i) => partSets?.[part].has(i)));
  const partSets = split && {
    train: new Set(split.train),
    validation: new Set(split.validation),
    test: new Set(split.test),
    outOfRange: new Set(split.outOfRange),
  };
  const labelsOf = (index: number) => labels.subarray(index * outputs.length, (index + 1) * outputs.length).join();
  return duplicateGroups(pixels, sizeOf(size)).map((group) => ({
    names: group.map((index) => names[index]!),
    sameLabels: new Set(group.map(labelsOf)).size === 1,
    parts: partsOf(group),
  }));
}
