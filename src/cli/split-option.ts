/** The split that --split, --split-file or --hold-out-densest asks for. */
import { readCellCounts } from "../data/drawn.node.ts";
import { readBytes } from "../data/images.node.ts";
import { splitFromNames } from "../data/split-file.ts";
import { type Fractions, type Split, splitBelow, splitIndices } from "../data/split.ts";

interface SplitOptions {
  readonly split?: readonly number[] | undefined;
  readonly splitFile?: string | undefined;
  /** The folder of the data set, whose counts.csv says how dense images are, and the share of them to keep out. */
  readonly data: string;
  readonly holdOutDensest?: number | undefined;
}

/** @throws DataError if the images cannot be split so. */
export async function splitOf(
  names: readonly string[],
  { split, splitFile, data, holdOutDensest }: SplitOptions,
  seed: number,
): Promise<Split> {
  if (holdOutDensest !== undefined) {
    return splitBelow(await readCellCounts(data, names), holdOutDensest, fractionsOf(split), seed);
  }
  if (splitFile === undefined) return splitIndices(names.length, fractionsOf(split), seed);
  const text = new TextDecoder().decode(await readBytes(splitFile, "a split file"));
  return splitFromNames(names, text, splitFile);
}

const fractionsOf = ([train = 0.7, validation = 0.15, test = 0.15]: readonly number[] = []): Fractions => [
  train,
  validation,
  test,
];
