/** Folds as JSON: the images' names in each fold, and under "test" those that are in none. */
import { z } from "zod";
import { parseChecked } from "../checked-json.ts";
import { DataError } from "../errors.ts";

/** Indices of a data set's images, each in one fold or in the test part. */
export interface Folds {
  readonly folds: readonly Uint32Array[];
  readonly test: Uint32Array;
}

const names = z.array(z.string());
const schema = z.strictObject({ folds: z.array(names).min(2), test: names });

/** What `parseFolds` reads. */
export function foldsToNames(images: readonly string[], { folds, test }: Folds): z.infer<typeof schema> {
  const named = (part: Uint32Array) => Array.from(part, (image) => images[image]!);
  return { folds: folds.map(named), test: named(test) };
}

/**
 * @param images the names of the data set's images.
 * @param file stands in messages.
 * @throws DataError if the text is not of that form, or does not have every image once.
 */
export function parseFolds(images: readonly string[], text: string, file: string): Folds {
  const contract = `${file}: expected JSON { "folds": [[names]], "test": [names] }`;
  const { folds, test } = parseChecked(schema, text, contract);
  const indexOf = new Map(images.map((name, i) => [name, i]));
  const left = new Set(images);
  for (const name of [...folds.flat(), ...test]) {
    if (left.delete(name)) continue;
    const got = indexOf.has(name) ? `"${name}" twice` : `"${name}", which it has not`;
    throw new DataError(`${file}: expected each image of the data set once, got ${got}`);
  }
  const [missing] = left;
  if (missing !== undefined) {
    throw new DataError(`${file}: expected each image of the data set once, got none of "${missing}"`);
  }
  const indices = (part: readonly string[]) => Uint32Array.from(part, (name) => indexOf.get(name) ?? NaN);
  return { folds: folds.map(indices), test: indices(test) };
}
