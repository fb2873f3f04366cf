/**
 * The layout of the thesis's data: `img<id>.png` and one `<prefix><id>.npy` of k values for each. Its program read images
 * by number and labels in the order of a directory listing; here they are joined by id.
 */
import { DataError } from "../errors.ts";
import { type LabelRow, type LabelTable, requireFinite, selectColumns } from "./labels.ts";
import type { NpyArray } from "./npy.ts";
import { showShape } from "../shape.ts";

/** An image and the file of its labels. */
export interface LabelledPair {
  readonly image: string;
  readonly vector: string;
}

/**
 * The images with their label files, in the order of ids. Ids are numbers: `img0007.png` goes with `priors_7.npy`.
 *
 * @param files names in the folder.
 * @param folder stands in messages.
 * @returns undefined if no name reads `<prefix><id>.npy`.
 * @throws DataError if there are several prefixes, two files of one id, or a label file without image.
 */
export function pairById(files: readonly string[], folder: string): readonly LabelledPair[] | undefined {
  const prefixes = new Set(files.flatMap((file) => /^(.*?)\d+\.npy$/.exec(file)?.[1] ?? []));
  if (prefixes.size === 0) return undefined;
  if (prefixes.size > 1) {
    throw new DataError(
      `${folder}: expected .npy label files of one prefix, got those of ${[...prefixes]
        .sort()
        .map((p) => `"${p}"`)
        .join(", ")}; ` + "move the others elsewhere, or write a labels.csv",
    );
  }
  const images = filesById(files, /^img(\d+)\.(?:png|jpe?g|tiff?)$/i, folder);
  const vectors = filesById(files, /(\d+)\.npy$/, folder);
  return [...vectors]
    .sort(([a], [b]) => a - b)
    .map(([id, vector]) => {
      const image = images.get(id);
      if (image !== undefined) return { image, vector };
      throw new DataError(
        `${folder}: expected an image img<id>.png of id ${id} for ${vector}, got none; remove one or add the other`,
      );
    });
}

function filesById(files: readonly string[], pattern: RegExp, folder: string): ReadonlyMap<number, string> {
  const byId = new Map<number, string>();
  for (const file of files) {
    const digits = pattern.exec(file)?.[1];
    if (digits === undefined) continue;
    const other = byId.get(Number(digits));
    if (other !== undefined) {
      throw new DataError(`${folder}: expected one file of id ${Number(digits)}, got ${other} and ${file}; remove one`);
    }
    byId.set(Number(digits), file);
  }
  return byId;
}

/** A label file's content, as read. */
export interface LabelVector {
  readonly image: string;
  /** Where it was read, for messages. */
  readonly where: string;
  readonly array: NpyArray;
}

/**
 * The labels in vectors of shape (k,) or (1, k); their outputs are named value1 … valuek, as the thesis names them.
 *
 * @param labelColumns selects and orders outputs.
 * @throws DataError if a shape is another, differs between files, or a value that was selected is not finite.
 */
export function vectorLabels(vectors: readonly LabelVector[], labelColumns?: readonly string[]): LabelTable {
  const [first] = vectors;
  const count = first?.array.data.length ?? 0;
  const columns = Array.from({ length: count }, (_, i) => `value${i + 1}`);
  const selected = selectColumns(columns, first?.where ?? "", labelColumns);
  const rows = vectors.map(({ image, where, array: { shape, data } }): LabelRow => {
    const isVector = shape.length === 1 || (shape.length === 2 && shape[0] === 1);
    if (!isVector || data.length === 0) {
      throw new DataError(`${where}: expected labels of shape [k] or [1, k], got ${showShape(shape)}`);
    }
    if (data.length !== count) {
      throw new DataError(`${where}: expected ${count} labels as in ${first?.where}, got ${data.length}`);
    }
    const values = selected.map((column) =>
      requireFinite(data[column]!, `${where}, column "${columns[column]}"`, String(data[column])),
    );
    return { image, where, values };
  });
  return { outputs: selected.map((column) => columns[column]!), rows };
}
