/** The split that --split or --split-file asks for. */
import { readBytes } from "../data/images.node.ts";
import { splitFromNames } from "../data/split-file.ts";
import { type Fractions, type Split, splitIndices } from "../data/split.ts";

interface SplitOptions {
  readonly split?: readonly number[] | undefined;
  readonly splitFile?: string | undefined;
}

/** @throws DataError if the images cannot be split so. */
export async function splitOf(
  names: readonly string[],
  { split, splitFile }: SplitOptions,
  seed: number,
): Promise<Split> {
  if (splitFile === undefined) return splitIndices(names.length, fractionsOf(split), seed);
  const text = new TextDecoder().decode(await readBytes(splitFile, "a split file"));
  return splitFromNames(names, text, splitFile);
}

const fractionsOf = ([train = 0.7, validation = 0.15, test = 0.15]: readonly number[] = []): Fractions => [
  train,
  validation,
  test,
];
