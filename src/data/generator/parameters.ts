/**
 * Every number that decides how a synthetic image is made, in one table: the command line, `meta.json` and the page read
 * it. Each may be a range, from which every image draws its own.
 */
import { UsageError } from "../../errors.ts";
import type { Pair } from "../../shape.ts";

interface Parameter {
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
  readonly about: string;
}

export const parameterTable = {
  cells: { unit: "cells", least: 1, most: 500, whole: true, about: "that an image is asked to hold" },
  clustering: { unit: "share", least: 0, most: 1, about: "cells that lie against another" },
  dividing: { unit: "share", least: 0, most: 1, about: "cells that are rounded up and bright, as in division" },
  detail: { unit: "", least: 0, most: 1, about: "nuclei and granules in cells of every type" },
  similarity: { unit: "", least: 0, most: 1, about: "0: the types as they are; 1: all alike" },
  variation: { unit: "share", least: 0, most: 0.5, about: "spread of a cell's lengths and delays within its type" },
  fieldOfView: { unit: "um", least: 150, most: 5000, about: "side of the image in the plane of the cells" },
  numericalAperture: { unit: "", least: 0.05, most: 1, about: "of the objective" },
  wavelength: { unit: "um", least: 0.3, most: 1.1, about: "of the light" },
  ringRadius: { unit: "of the aperture", least: 0.05, most: 0.95, about: "middle of the phase ring" },
  ringWidth: { unit: "of the aperture", least: 0.01, most: 0.5, about: "of the phase ring" },
  ringTransmission: { unit: "share", least: 0.05, most: 1, about: "of the light that the phase ring lets through" },
  halo: { unit: "", least: 0, most: 3, about: "diffracted light that passes the ring: 1 as it must, 0 none" },
  defocus: { unit: "um", least: -100, most: 100, about: "of the plane of the cells" },
  tilt: { unit: "share", least: 0, most: 0.5, about: "slope of the illumination, in a random direction" },
  vignette: { unit: "share", least: 0, most: 0.9, about: "light that the corners lack" },
  debris: { unit: "particles", least: 0, most: 200, whole: true, about: "small and refracting, between the cells" },
  dust: { unit: "spots", least: 0, most: 30, whole: true, about: "dark and soft, on the camera" },
  exposure: { unit: "share", least: 0.05, most: 0.95, about: "of full scale that the background has" },
  electrons: { unit: "electrons", least: 20, most: 1e6, about: "of the background in a 512th of the field, squared" },
  readNoise: { unit: "electrons", least: 0, most: 1000, about: "of the camera, a standard deviation" },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameterTable;
export const parameterNames = Object.keys(parameterTable) as ParameterName[];

/** What an image is made with. */
export type Values = Readonly<Record<ParameterName, number>>;
/** What a data set is made with: the least and the most of each. */
export type Ranges = Readonly<Record<ParameterName, Pair>>;

/** `a` or `a..b` as a range. @throws UsageError in the option's name. */
export function parseRange(option: string, text: string): Pair {
  const parts = text.split("..").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const [low = NaN, high = low] = parts;
  if (parts.length > 2 || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new UsageError(`${option}: expected a number such as 0.5 or a range such as 0.5..1.5, got "${text}"`);
  }
  return [low, high];
}

/** @throws UsageError naming the parameter that is out of its bounds. */
export function requireRange(name: ParameterName, option: string, [low, high]: Pair): void {
  const { least, most, whole }: Parameter = parameterTable[name];
  const kind = whole === true ? "whole numbers" : "numbers";
  const fits =
    low <= high && low >= least && high <= most && (!whole || (Number.isInteger(low) && Number.isInteger(high)));
  if (fits) return;
  throw new UsageError(
    `${option}: expected ${kind} from ${least} to ${most}, the lower one first, got ${low === high ? low : `${low}..${high}`}`,
  );
}
