/** A data set in memory, and the joining of labels and images by name. */
import { DataError } from "../errors.ts";
import type { Pair } from "../shape.ts";
import type { ImageFacts } from "./image.ts";
import type { LabelTable } from "./labels.ts";
import type { Normalization } from "./normalize.ts";
import type { ResizeMethod } from "./resize.ts";

/** Images of one size with their labels, N of them in a fixed order. */
export interface Dataset {
  /** Where it came from: the folder as given. */
  readonly source: string;
  /** The images' file names. */
  readonly names: readonly string[];
  /** H, W. */
  readonly size: Pair;
  /** [N, H, W], 8-bit gray. */
  readonly pixels: Uint8Array;
  /** [N, K]. */
  readonly labels: Float32Array;
  /** K names. */
  readonly outputs: readonly string[];
  /** What each image's file holds. */
  readonly facts: readonly ImageFacts[];
  /** The images' size in their files if all had one and it was not `size`; null otherwise. */
  readonly resized: Pair | null;
}

/** How to read a data set. */
export interface DatasetOptions {
  /** Height and width, or the side of a square, that images are resized to. */
  readonly size: number | Pair;
  /** By default "area". */
  readonly resize?: ResizeMethod | undefined;
  /** Selects and orders the outputs; by default all label columns in the file's order. */
  readonly labelColumns?: readonly string[] | undefined;
  /** Leave out images without labels, which are otherwise an error. */
  readonly ignoreUnlabelled?: boolean | undefined;
  /** The one of an image's channels to take, counted from 1; by default the gray of its colours. */
  readonly channel?: number | null | undefined;
  /** How samples become 8-bit gray; by default "none". */
  readonly normalize?: Normalization | undefined;
}

/** Whether a file's name is that of an image. */
export const isImageName = (name: string): boolean => /\.(png|tiff?|jpe?g)$/i.test(name);

/**
 * Checks that labels and images belong together, name by name.
 *
 * @param files names in the folder.
 * @param folder stands in messages.
 * @throws DataError if a label has no image, or, unless `ignoreUnlabelled`, an image has no label.
 */
export function checkPairing(
  table: LabelTable,
  files: readonly string[],
  folder: string,
  ignoreUnlabelled: boolean,
): void {
  const images = files.filter(isImageName);
  const present = new Set(files);
  for (const { image, where } of table.rows) {
    if (present.has(image)) continue;
    const example = images[0] === undefined ? "" : `, written as in the folder, such as "${images[0]}"`;
    throw new DataError(
      `${where}: expected the name of an image in ${folder}${example}, got "${image}"; add the image or remove the row`,
    );
  }
  if (ignoreUnlabelled) return;
  const labelled = new Set(table.rows.map((row) => row.image));
  const [first, ...others] = images.filter((image) => !labelled.has(image));
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and for ${others.length} more`;
  throw new DataError(
    `${folder}: expected labels for every image, got none for "${first}"${more}; ` +
      "add them, remove the images, or set ignoreUnlabelled (--ignore-unlabelled)",
  );
}
