/** The files of a synthetic data set, images apart, from what its images show. */
import { writeNpy } from "../npy.ts";
import type { GeneratorOptions } from "./options.ts";
import { parameterNames, parameterTable, type Values } from "./parameters.ts";
import { showPrior } from "./prior.ts";
import type { ImageLabels } from "./scene.ts";
import { cellTypes, debrisShape, detailShape, dividingShape, dustShape, type Triple, typeShapes } from "./types.ts";

/** Changes whenever the same seed no longer gives the same images. */
export const generatorVersion = 2;

/** What the files need to know of an image. */
export type ImageRecord = ImageLabels & { readonly values: Values };

export interface FileOptions extends GeneratorOptions {
  readonly bits?: 8 | 16;
  readonly masks?: boolean;
  /** The adapter that computed the images: another's may differ by a gray level. */
  readonly adapter: string;
}

/** The file name of image `index` among `count`: `img0000.png`, with as many digits as the last one needs. */
export const imageName = (index: number, count: number): string => `img${numeral(index, count)}.png`;

/**
 * Name and contents of every file but the images, for images 0 … length - 1, in the order in which to write them:
 * `labels.csv` comes last, so a folder that has it is complete. Beside the CSV files there is one .npy vector of the
 * prior for each image, as the thesis's data have.
 */
export function datasetFiles(
  images: readonly ImageRecord[],
  options: FileOptions,
): ReadonlyMap<string, string | Uint8Array> {
  const table = (columns: readonly string[], valuesOf: (image: ImageRecord) => readonly number[]): string =>
    [["image", ...columns], ...images.map((image, index) => [imageName(index, images.length), ...valuesOf(image)])]
      .map((cells) => `${cells.join(",")}\n`)
      .join("");
  const triples = (of: (image: ImageRecord) => Triple) => table(cellTypes, of);
  const vectors = images.map(({ prior }, index): [string, Uint8Array] => [
    `priors_${numeral(index, images.length)}.npy`,
    writeNpy([prior.length], Float64Array.from(prior)),
  ]);
  return new Map<string, string | Uint8Array>([
    ...vectors,
    ["priors.csv", triples(({ prior }) => prior)],
    ["counts.csv", triples(({ counts }) => counts)],
    ["parameters.csv", table(parameterNames, ({ values }) => parameterNames.map((name) => values[name]))],
    ["meta.json", `${JSON.stringify(describe(images.length, options), null, 2)}\n`],
    ["labels.csv", triples(({ fractions }) => fractions)],
  ]);
}

const numeral = (index: number, count: number): string =>
  String(index).padStart(Math.max(4, String(count - 1).length), "0");

/** What is in the folder and everything that made it, for `meta.json`. */
const describe = (count: number, { seed, size, bits = 8, parameters, prior, masks, adapter }: FileOptions) => ({
  generator: "cellgrad synthetic phase contrast",
  version: generatorVersion,
  ...{ seed, count, size, bits, adapter, outputs: cellTypes },
  files: {
    "labels.csv": "realised fractions: cells of the type / all cells in the image",
    "counts.csv": "cells of each type in the image",
    "priors.csv": "the probabilities that each cell's type was drawn from, also as priors_*.npy (float64)",
    "parameters.csv": "what each image was made with, drawn from the ranges below",
    ...(masks && {
      "masks/*_types.png": "0, or 1 + the place of the type among the outputs",
      "masks/*_instances.png": "0, or the number of the cell from 1 on, 16 bits",
    }),
  },
  borderRule:
    "the field is a torus: what a cell has beyond one edge enters at the opposite one; every cell counts once, with all of its area in the image",
  prior: showPrior(prior ?? { kind: "uniforms" }),
  parameters: Object.fromEntries(
    parameterNames.map((name) => [name, { range: parameters[name], unit: parameterTable[name].unit }]),
  ),
  shapes: { units: "um; delays as optical path", typeShapes, detailShape, dividingShape, debrisShape, dustShape },
});
