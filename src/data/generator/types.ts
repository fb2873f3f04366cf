/** The three types of cells: what tells them apart. Lengths in micrometres, delays as optical path in micrometres. */
import type { Pair } from "../../shape.ts";

/** The cell types, in the order of every triple of counts, fractions and priors. */
export const cellTypes = ["round", "spindle", "granular"] as const;
export type CellType = (typeof cellTypes)[number];

/** One number for each of `cellTypes`. */
export type Triple = readonly [round: number, spindle: number, granular: number];

export function normalised([a, b, c]: Triple): Triple {
  const total = a + b + c;
  return [a / total, b / total, c / total];
}

/** Means of a type, and how irregular its outline is. */
export interface TypeShape {
  readonly halfLength: number;
  readonly halfWidth: number;
  /** Sideways displacement of the tips, at most, as a share of the half length. */
  readonly bend: number;
  /** Amplitude of the outline's harmonics. */
  readonly irregularity: number;
  /** Optical path through the middle beyond that of the medium: thickness times difference of refractive indices. */
  readonly delay: number;
  /** 2: an ellipse's section; more: flat with steep sides. */
  readonly exponent: number;
  /** 1/2 with exponent 2: an ellipsoid. More: thinner towards the outline. */
  readonly fullness: number;
  /** Radius of the nucleus as a share of the half width, and its own optical path. */
  readonly nucleusRadius: number;
  readonly nucleus: number;
  readonly nucleolus: number;
  /** Distance of granules, and the optical path of the strongest. */
  readonly granuleSpacing: number;
  readonly granule: number;
}

/** Thick and small, so bright; thin and long; flat, large and full of granules, with a nucleus. */
export const typeShapes: Readonly<Record<CellType, TypeShape>> = {
  round: {
    ...{ halfLength: 9.5, halfWidth: 9, bend: 0, irregularity: 0.02, delay: 0.2, exponent: 2, fullness: 0.5 },
    ...{ nucleusRadius: 0.5, nucleus: 0, nucleolus: 0, granuleSpacing: 2.5, granule: 0 },
  },
  spindle: {
    ...{ halfLength: 32, halfWidth: 5.5, bend: 0.15, irregularity: 0.04, delay: 0.055, exponent: 2, fullness: 0.8 },
    ...{ nucleusRadius: 0.7, nucleus: 0, nucleolus: 0, granuleSpacing: 2.5, granule: 0 },
  },
  granular: {
    ...{ halfLength: 22, halfWidth: 19, bend: 0, irregularity: 0.08, delay: 0.04, exponent: 4, fullness: 0.8 },
    ...{ nucleusRadius: 0.36, nucleus: 0.03, nucleolus: 0.03, granuleSpacing: 3, granule: 0.03 },
  },
};

/** What `detail` adds to every type. */
export const detailShape = { nucleus: 0.025, nucleolus: 0.03, granule: 0.02 } as const;

/** A cell that divides: round and thick, a little longer than wide. */
export const dividingShape = { delay: 0.22, aspect: 1.15, shrink: 0.75 } as const;

/** Particles between the cells, by their radius and optical path. */
export const debrisShape: { readonly radius: Pair; readonly delay: Pair } = { radius: [0.8, 2.5], delay: [0.05, 0.2] };

/** Spots on the camera, by their radius, where the image is 2 wide, and the light they take. */
export const dustShape: { readonly radius: Pair; readonly depth: Pair } = { radius: [0.01, 0.05], depth: [0.05, 0.3] };

/** The mean of the types, towards which `similarity` draws them. */
export const meanShape: TypeShape = (() => {
  const shapes = cellTypes.map((type) => typeShapes[type]);
  const mean = (key: keyof TypeShape) => shapes.reduce((sum, shape) => sum + shape[key], 0) / shapes.length;
  const keys = Object.keys(typeShapes.round) as (keyof TypeShape)[];
  return Object.fromEntries(keys.map((key) => [key, mean(key)])) as Record<keyof TypeShape, number>;
})();
