/** A split as JSON: the images' names under "train", "validation" and "test", and "outOfRange" where some were kept out. */
import { z } from "zod";
import { parseChecked } from "../checked-json.ts";
import { DataError } from "../errors.ts";
import { scoredParts, type Split } from "./split.ts";

const names = z.array(z.string());
const schema = z.strictObject({ train: names, validation: names, test: names, outOfRange: names.optional() });

/** The names of the images in each part. */
export type SplitNames = z.infer<typeof schema>;

/**
 * The split that a file describes, each part in the file's order.
 *
 * @param names of the data set's images.
 * @param contents JSON `{ "train": [names], "validation": [names], "test": [names] }`, and "outOfRange" if there is such.
 * @param file stands in messages.
 * @throws DataError if the file is not of that form, names an image that is not there or names one twice, or leaves one
 *   out.
 */
export function splitFromNames(names: readonly string[], contents: string, file: string): Split {
  const parts = parseSplitNames(contents, file);
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const partOf = new Map<string, string>();
  for (const part of scoredParts) {
    for (const name of parts[part] ?? []) {
      if (!indexOf.has(name)) {
        throw new DataError(`${file}: expected names of images in the data set, got "${name}" in ${part}; remove it`);
      }
      const other = partOf.get(name);
      if (other !== undefined) {
        throw new DataError(`${file}: expected each image once, got "${name}" in ${other} and in ${part}; remove one`);
      }
      partOf.set(name, part);
    }
  }
  const [left, ...others] = names.filter((name) => !partOf.has(name));
  if (left !== undefined) {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    throw new DataError(`${file}: expected every image in a part, got none for "${left}"${more}; add the names`);
  }
  const indices = (part: readonly string[]) => Uint32Array.from(part, (name) => indexOf.get(name) ?? NaN);
  return {
    ...{ train: indices(parts.train), validation: indices(parts.validation), test: indices(parts.test) },
    ...(parts.outOfRange && { outOfRange: indices(parts.outOfRange) }),
  };
}

/** The inverse of `splitFromNames`, to be written as JSON. */
export function splitToNames(names: readonly string[], split: Split): SplitNames {
  const named = (part: Uint32Array) => Array.from(part, (i) => names[i]!);
  return {
    ...{ train: named(split.train), validation: named(split.validation), test: named(split.test) },
    ...(split.outOfRange && { outOfRange: named(split.outOfRange) }),
  };
}

/** What a split file says, of whatever data set. @throws DataError if the file is not of that form. */
export const parseSplitNames = (contents: string, file: string): SplitNames =>
  parseChecked(schema, contents, `${file}: expected JSON { "train": [names], "validation": [names], "test": [names] }`);
