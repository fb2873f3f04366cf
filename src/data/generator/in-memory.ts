/** A synthetic data set that is used at once, without files: for a page, a test or a benchmark. */
import { UsageError } from "../../errors.ts";
import type { Dataset } from "../dataset.ts";
import { generateImage } from "./image.ts";
import { requireOptions, type GeneratorOptions } from "./options.ts";
import { cellTypes } from "./parameters.ts";

export interface InMemoryOptions extends GeneratorOptions {
  /** Number of images. */
  readonly count: number;
  /** Called after each image with how many are made. */
  readonly onProgress?: (made: number) => void;
}

/**
 * Images 0 … count - 1 with their realised fractions as labels: what `makeDataset` writes with these options.
 *
 * @throws UsageError if an option is out of range.
 */
export function generateDataset(options: InMemoryOptions): Pick<Dataset, "size" | "pixels" | "labels" | "outputs"> {
  const { count, size, onProgress } = options;
  requireOptions(options);
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`generateDataset: expected a count of a positive integer, got ${count}`);
  }
  const pixels = new Uint8Array(count * size * size);
  const labels = new Float32Array(count * cellTypes.length);
  for (let index = 0; index < count; index++) {
    const image = generateImage(index, options);
    pixels.set(image.pixels, index * size * size);
    labels.set(image.fractions, index * cellTypes.length);
    onProgress?.(index + 1);
  }
  return { size: [size, size], pixels, labels, outputs: cellTypes };
}
