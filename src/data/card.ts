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
import type { Likeness } from "./likeness.ts";
import { nearDuplicateGroups } from "./near-duplicates.ts";
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

/** How an image follows from another, both by name. */
export type NamedLikeness = Omit<Likeness, "image" | "of"> & { readonly image: string; readonly of: string };

/** Images that are alike but for turns, mirroring, brightness, contrast or a little noise. */
export interface NearDuplicateGroup extends DuplicateGroup {
  readonly likenesses: readonly NamedLikeness[];
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
  /** Those in several parts first. */
  readonly duplicates: readonly DuplicateGroup[];
  /** Those in several parts first; null where images are too small to tell. */
  readonly nearDuplicates: readonly NearDuplicateGroup[] | null;
  /** Images in each part. */
  readonly split: { readonly [Part in keyof Split]: number } | null;
  /** Groups of duplicates that lie in more than one part. */
  readonly overlaps: number;
  /** Groups of near duplicates that lie in more than one part. */
  readonly nearOverlaps: number;
  /** Of images that cannot be used, a line each. */
  readonly problems: readonly string[];
}

export function makeCard(input: CardInput): DataCard {
  const { data, names, facts, size, outputs, split, problems } = input;
  const labels = { outputs, values: input.labels };
  const [statistics, sums] = [outputStatistics(labels), labelSums(labels)];
  const groupOf = groupsOfInput(input);
  const duplicates = leaksFirst(duplicateGroups(input.pixels, sizeOf(size)).map(groupOf));
  const nearDuplicates = nearDuplicatesOf(input, groupOf);
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
    nearDuplicates,
    split: split && countsOf(split),
    overlaps: duplicates.filter(isLeak).length,
    nearOverlaps: nearDuplicates?.filter(isLeak).length ?? 0,
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

type GroupOf = (images: readonly number[]) => DuplicateGroup;

/** Names, labels and parts of images by index. */
function groupsOfInput({ names, labels, outputs, split }: CardInput): GroupOf {
  const partSets = split && {
    train: new Set(split.train),
    validation: new Set(split.validation),
    test: new Set(split.test),
    outOfRange: new Set(split.outOfRange),
  };
  const labelsOf = (index: number) => labels.subarray(index * outputs.length, (index + 1) * outputs.length).join();
  return (images) => ({
    names: images.map((index) => names[index]!),
    sameLabels: new Set(images.map(labelsOf)).size === 1,
    parts: scoredParts.filter((part) => images.some((i) => partSets?.[part].has(i))),
  });
}

function nearDuplicatesOf({ pixels, size, names }: CardInput, groupOf: GroupOf): DataCard["nearDuplicates"] {
  const groups = nearDuplicateGroups(pixels, size)?.map(({ images, likenesses }) => ({
    ...groupOf(images),
    likenesses: likenesses.map((own) => ({ ...own, image: names[own.image]!, of: names[own.of]! })),
  }));
  return groups ? leaksFirst(groups) : null;
}

const isLeak = ({ parts }: DuplicateGroup): boolean => parts.length > 1;

const leaksFirst = <Group extends DuplicateGroup>(groups: readonly Group[]): readonly Group[] => [
  ...groups.filter(isLeak),
  ...groups.filter((group) => !isLeak(group)),
];
