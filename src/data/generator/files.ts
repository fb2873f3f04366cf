/** The files of a synthetic data set, images apart, from the labels of its images. */
import { writeNpy } from "../npy.ts";
import type { ImageLabels } from "./image.ts";
import type { GeneratorOptions } from "./options.ts";
import {
  background,
  cellTypes,
  contrastVariation,
  fieldSize,
  generatorVersion,
  granular,
  placement,
  rendering,
  round,
  spindle,
  type Triple,
} from "./parameters.ts";

/** The file name of image `index` among `count`: `img0000.png`, with as many digits as the last one needs. */
export const imageName = (index: number, count: number): string => `img${numeral(index, count)}.png`;

/**
 * Name and contents of every file but the images, for images 0 … length - 1, in the order in which to write them:
 * `labels.csv` comes last, so a folder that has it is complete. Beside the CSV files there is one .npy vector of the
 * prior for each image, as the thesis's data have.
 */
export function datasetFiles(
  images: readonly ImageLabels[],
  options: GeneratorOptions,
): ReadonlyMap<string, string | Uint8Array> {
  const table = (valuesOf: (labels: ImageLabels) => Triple): string =>
    [["image", ...cellTypes], ...images.map((labels, index) => [imageName(index, images.length), ...valuesOf(labels)])]
      .map((cells) => `${cells.join(",")}\n`)
      .join("");
  const vectors = images.map(({ prior }, index): [string, Uint8Array] => [
    `priors_${numeral(index, images.length)}.npy`,
    writeNpy([prior.length], Float64Array.from(prior)),
  ]);
  return new Map<string, string | Uint8Array>([
    ...vectors,
    ["priors.csv", table(({ prior }) => prior)],
    ["counts.csv", table(({ counts }) => counts)],
    ["meta.json", `${JSON.stringify(describe(images.length, options), null, 2)}\n`],
    ["labels.csv", table(({ fractions }) => fractions)],
  ]);
}

const numeral = (index: number, count: number): string =>
  String(index).padStart(Math.max(4, String(count - 1).length), "0");

/** What is in the folder and everything that made it, for `meta.json`. */
const describe = (count: number, { seed, size, cells }: GeneratorOptions) => ({
  generator: "cellgrad synthetic phase contrast",
  version: generatorVersion,
  seed,
  count,
  size,
  cells,
  outputs: cellTypes,
  files: {
    "labels.csv": "realised fractions: cells of the type / all cells in the image",
    "counts.csv": "cells of each type in the image",
    "priors.csv": "the probabilities that each cell's type was drawn from, also as priors_*.npy (float64)",
  },
  borderRule: "a cell counts if its centre is inside the image; no cell has its centre outside",
  prior: "u / sum(u) of three uniform numbers",
  units: "lengths in field pixels (the field of view is fieldSize a side), contrasts in gray levels of 8 bits",
  parameters: { fieldSize, background, rendering, placement, contrastVariation, round, spindle, granular },
});
