/** The figures of a report that need images, the network or the GPU. */
import { basename, resolve } from "node:path";
import { type AugmentOptions, changesNothing } from "../../data/augment/options.ts";
import type { Dataset } from "../../data/dataset.ts";
import { encodeGrayPng, encodeRgbPng } from "../../data/encode-png.node.ts";
import { cellTypes } from "../../data/generator/types.ts";
import type { Split } from "../../data/split.ts";
import { DataError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import { augmentedImages } from "../../nn/augmented-images.ts";
import { convolutionsOf, featureMaps } from "../../nn/feature-maps.ts";
import { gradCams } from "../../nn/grad-cam.ts";
import { imagesAt } from "../../nn/observation.ts";
import { Predictor } from "../../nn/predictor.ts";
import { receptiveField } from "../../nn/receptive-field.ts";
import type { Sequential } from "../../nn/sequential.ts";
import { sizeOf } from "../../shape.ts";
import type { Figure } from "../figure.ts";
import { attributionFigure, type OutputMap } from "./attribution-figure.ts";
import type { Bitmap } from "./bitmap.ts";
import { cellShareOf, typesAt } from "./cells.ts";
import { chosenFrom, type Example, typicalAndWorst } from "./examples.ts";
import { featureMapFigure } from "./feature-map-figure.ts";
import { typeMaskOf } from "./masks.node.ts";
import { networkFigure } from "./network-figure.ts";
import { spread } from "./overlay.ts";
import { grayAt, pictureOf } from "./pictures.ts";
import { augmentationFigure, sheetFigure, type Variations } from "./sheet-figure.ts";

export interface SeenRun {
  /** Its weights are on the device. */
  readonly model: Sequential;
  /** The data set as the run reads it; `source` is searched for masks. */
  readonly dataset: Dataset;
  readonly split: Split;
  /** Images at a time when predicting. */
  readonly batch: number;
  readonly augment: AugmentOptions;
  /** The run's: it decides which images are shown, and what augmentation draws. */
  readonly seed: number;
  /** Show the feature maps of every convolution, from the first on, instead of those of the last. */
  readonly everyConvolution?: boolean;
}

/**
 * The data set's images, training images augmented (unless nothing is varied), the network, feature maps, and Grad-CAM
 * of the images of the test part with the median and the largest error (of validation or training where that is empty).
 * A network without a convolution has neither of the last two. Nothing is left on the device.
 *
 * @throws DataError if the data set has no images, or a mask cannot be read.
 */
export const runFigures = (device: Device, run: SeenRun): Promise<Figure[]> =>
  device.scope(() => allFigures(device, run));

async function allFigures(device: Device, run: SeenRun): Promise<Figure[]> {
  const { model, dataset, split, seed } = run;
  const part = [split.test, split.validation, split.train].find(({ length }) => length > 0);
  if (!part) throw new DataError(`figures: expected at least one image in ${dataset.source}, got none`);
  const sheet = chosenFrom([...dataset.names.keys()], shownImages, seed).map((index) => pictureOf(dataset, index));
  const figures = [
    sheetFigure(sheet, basename(resolve(dataset.source)), encode),
    ...(await augmentation(device, run)),
    networkFigure(model),
  ];
  if (convolutionsOf(model).length === 0) return figures;
  const predictor = await Predictor.open(device, model, dataset, run.batch);
  const examples = typicalAndWorst(part, await predictor.predict(part), predictor.labelsOf(part));
  return [...figures, ...(await maps(device, run, examples)), await attribution(device, run, examples)];
}

const shownImages = 12;
const variedImages = 3;
const variations = 5;

const encode = ({ height, width, channels, pixels }: Bitmap): string => {
  const png = channels === 1 ? encodeGrayPng({ height, width, pixels }) : encodeRgbPng(pixels, height, width);
  return `data:image/png;base64,${png.toString("base64")}`;
};

async function augmentation(device: Device, { dataset, split, augment, seed }: SeenRun): Promise<Figure[]> {
  if (changesNothing(augment) || split.train.length === 0) return [];
  const indices = Uint32Array.from(chosenFrom(split.train, variedImages, seed));
  const batches: Float32Array[] = [];
  for (let step = 0; step < variations; step++) {
    batches.push(await augmentedImages(device, dataset, { augment, seed, step, indices }));
  }
  const rows = Array.from(indices, (index, place): Variations => {
    const varied = batches.map((values) => ({ image: grayAt(values, place, dataset), caption: [] }));
    return { original: { ...pictureOf(dataset, index), caption: [dataset.names[index] ?? ""] }, varied };
  });
  return [augmentationFigure(rows, augment.name, encode)];
}

async function maps(device: Device, { model, dataset, everyConvolution }: SeenRun, examples: readonly Example[]) {
  const index = examples[0]?.index ?? 0;
  const names = convolutionsOf(model).map(({ name }) => name);
  const layers = everyConvolution ? names : names.slice(-1);
  const outputs = await featureMaps(device, model, imagesAt(dataset, [index]), layers);
  return [...outputs].map(([layer, own]) => {
    const field = receptiveField(model.layers, layer);
    const isLinear = model.layers.find(({ name }) => name === layer)?.layer.activation === "linear";
    return featureMapFigure({ layer, maps: own, field, isLinear, picture: pictureOf(dataset, index) }, encode);
  });
}

async function attribution(device: Device, { model, dataset }: SeenRun, examples: readonly Example[]): Promise<Figure> {
  const indices = examples.map(({ index }) => index);
  const { layer, signed, predictions } = await gradCams(device, model, imagesAt(dataset, indices));
  const [, count = 0, height = 0, width = 0] = signed.shape;
  const field = receptiveField(model.layers, layer);
  const images = examples.map(async ({ index, why }, n) => {
    const mask = await typeMaskOf(dataset.source, dataset.names[index] ?? "");
    const types = mask && typesAt(mask, dataset.size);
    const outputs = dataset.outputs.map((name, k): OutputMap => {
      const at = n * count + k;
      const plane = {
        size: [height, width] as const,
        values: signed.data.subarray(at * sizeOf([height, width]), (at + 1) * sizeOf([height, width])),
      };
      const type = cellTypes.findIndex((known) => known === name);
      const onCells = types && type >= 0 ? cellShareOf(spread(plane, field, dataset.size), types, type) : undefined;
      const label = dataset.labels[index * count + k] ?? NaN;
      return { name, label, predicted: predictions.data[at] ?? NaN, signed: plane, onCells };
    });
    return { picture: pictureOf(dataset, index), why, outputs };
  });
  return attributionFigure({ layer, field, images: await Promise.all(images) }, encode);
}
