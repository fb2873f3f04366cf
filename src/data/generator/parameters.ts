/**
 * Everything that decides how the synthetic field looks, in one table that `meta.json` repeats. Lengths are in field
 * pixels: the field of view is 512 x 512 of them whatever the size of the image. Gray levels are those of 8 bits.
 */
import type { Pair } from "../../shape.ts";

/** The cell types, in the order of every triple of counts, fractions and priors. */
export const cellTypes = ["round", "spindle", "granular"] as const;
export type CellType = (typeof cellTypes)[number];

/** One number for each of `cellTypes`. */
export type Triple = readonly [round: number, spindle: number, granular: number];

/** Changes whenever the same seed no longer gives the same bytes. */
export const generatorVersion = 1;

/** Side of the field of view. */
export const fieldSize = 512;

/** Gray levels that a body adds to the background, by the signed distance to its outline. */
export interface Look {
  /** Just outside the outline, fading over `haloWidth`: the halo of phase contrast. */
  readonly halo: number;
  readonly haloWidth: number;
  /** Just inside the outline. */
  readonly edge: number;
  /** Farthest inside: shade-off pulls it from `edge` towards the background. */
  readonly centre: number;
}

export const background = {
  /** Mean gray level, uniform in this range from image to image. */
  level: [120, 136] as Pair,
  /** Largest slope of the illumination, in gray levels from the centre to an edge. */
  tilt: 12,
  /** Gray levels lost in the corners. */
  vignette: [6, 22] as Pair,
  /** Standard deviation of the noise of one field pixel; a pixel k times as wide has 1/k of it. */
  noise: 3.5,
} as const;

export const placement = {
  /** Throws before a cell is given up: not drawn, not counted. */
  tries: 80,
  /** Two outlines may overlap by this part of the sum of their radii. */
  overlap: 0.1,
} as const;

export const rendering = {
  /** Half the width over which an outline's inside passes to its outside: the microscope's blur. */
  softness: 1.6,
  /** A pixel is the mean of samples this far apart, or of `mostSamples` a side where that would take more. */
  sampleStep: 2,
  mostSamples: 3,
} as const;

/** Cell to cell, a look's gray levels vary by up to this part. */
export const contrastVariation = 0.15;

export const round = {
  radius: [19, 24] as Pair,
  irregularity: 0.03,
  look: { halo: 82, haloWidth: 16, edge: -30, centre: 84 } as Look,
} as const;

export const spindle = {
  halfLength: [44, 58] as Pair,
  halfWidth: [8, 11] as Pair,
  /** Largest sideways displacement of the tips, as a part of the half length. */
  bend: 0.2,
  look: { halo: 62, haloWidth: 10, edge: -56, centre: -30 } as Look,
} as const;

export const granular = {
  radius: [32, 42] as Pair,
  irregularity: 0.1,
  look: { halo: 44, haloWidth: 13, edge: -46, centre: -4 } as Look,
  nucleus: {
    /** As parts of the cell's radius: the nucleus's radius and how far it lies off the centre. */
    radius: [0.3, 0.38] as Pair,
    offset: 0.25,
    look: { halo: 8, haloWidth: 4, edge: -28, centre: -4 } as Look,
    nucleolus: { radius: 5, amplitude: -45 },
  },
  granules: { count: [30, 46] as Pair, radius: [3, 5] as Pair, amplitude: [30, 60] as Pair, bright: 0.4, reach: 0.82 },
} as const;
