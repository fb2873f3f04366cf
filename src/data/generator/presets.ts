/** Kinds of synthetic images: the parameters of each, and what a preset changes of them. */
import { UsageError } from "../../errors.ts";
import type { Ranges } from "./parameters.ts";

/** A 10x phase-contrast objective on a field with three types of cells: what the thesis's images show. */
const thesis: Ranges = {
  cells: [20, 60],
  clustering: [0.15, 0.15],
  dividing: [0.02, 0.02],
  detail: [0, 0],
  similarity: [0.1, 0.1],
  variation: [0.12, 0.12],
  fieldOfView: [320, 320],
  numericalAperture: [0.3, 0.3],
  wavelength: [0.55, 0.55],
  ringRadius: [0.6, 0.6],
  ringWidth: [0.05, 0.05],
  ringTransmission: [0.25, 0.25],
  halo: [1, 1],
  defocus: [-3, 3],
  tilt: [0, 0.08],
  vignette: [0.05, 0.15],
  debris: [0, 8],
  dust: [0, 3],
  exposure: [0.4, 0.46],
  electrons: [3000, 3000],
  readNoise: [8, 8],
};

export const dataPresets = {
  easy: {
    ...thesis,
    clustering: [0, 0],
    dividing: [0, 0],
    similarity: [0, 0],
    variation: [0.05, 0.05],
    defocus: [0, 0],
    tilt: [0, 0],
    vignette: [0.05, 0.05],
    debris: [0, 0],
    dust: [0, 0],
    exposure: [0.43, 0.43],
    electrons: [20_000, 20_000],
  },
  thesis,
  hard: {
    ...thesis,
    clustering: [0.3, 0.5],
    dividing: [0.08, 0.08],
    similarity: [0.5, 0.5],
    variation: [0.2, 0.2],
    halo: [0.7, 1.3],
    defocus: [-12, 12],
    tilt: [0, 0.2],
    vignette: [0.1, 0.35],
    debris: [5, 30],
    dust: [0, 8],
    exposure: [0.35, 0.5],
    electrons: [600, 1500],
    readNoise: [10, 20],
  },
  dense: { ...thesis, cells: [120, 220], clustering: [0.4, 0.6], fieldOfView: [480, 480] },
} as const satisfies Record<string, Ranges>;

export type DataPresetName = keyof typeof dataPresets;
export const dataPresetNames = Object.keys(dataPresets) as DataPresetName[];

/** The parameters of a preset. @throws UsageError naming those that there are. */
export function dataPresetOf(name: string): Ranges {
  const found = dataPresetNames.find((known) => known === name);
  if (found) return dataPresets[found];
  throw new UsageError(`--preset: expected one of ${dataPresetNames.join(", ")}, got "${name}"`);
}
