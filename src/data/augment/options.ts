/**
 * How training images are varied: parameters and presets. Every training image gets draws of its own at every step;
 * images that validate or test are never varied.
 */

/** From, to; a number is drawn uniformly between them. Equal ends give that number. */
export type Range = readonly [low: number, high: number];

/** What stands outside an image. */
export type Fill = "dataset-mean" | "image-mean" | "imgaug-0.4-int";

export const fills = ["dataset-mean", "image-mean", "imgaug-0.4-int"] as const satisfies readonly Fill[];

/** In the order in which they are applied. */
export interface AugmentOptions {
  /** The preset's, or whatever a file calls it. */
  readonly name: string;
  /** Degrees about the image's centre, in [-180, 180]; positive is clockwise on the screen. */
  readonly rotation: Range;
  /** Probability of mirroring left and right. */
  readonly flipHorizontal: number;
  /** Probability of mirroring top and bottom, drawn on its own. */
  readonly flipVertical: number;
  /** Factor of the size about the centre, in [0.5, 2]; above 1 objects grow. */
  readonly scale: Range;
  /** One factor for both axes, or one for each. */
  readonly scaleAxes: "together" | "separate";
  /** Shares of width and height, in [-1, 1], drawn one for each; positive is to the right and down. */
  readonly shift: Range;
  /** Factor of the contrast about the mean of the image as it is in the data set, in [0, 4]. */
  readonly contrast: Range;
  /** Factor of the brightness, in [0, 4]; results above 1 are kept. */
  readonly multiply: Range;
  /** Standard deviation of the Gaussian blur in pixels, in [0, 1.8], for which OpenCV takes 5 x 5 pixels. */
  readonly blur: Range;
  /**
   * `dataset-mean`: the mean of all pixels that train. `image-mean`: that of the image as it is in the data set.
   * `imgaug-0.4-int`: the mean of all pixels that train, cut to an integer as imgaug 0.4 does: 0, black, unless all are
   * white.
   */
  readonly fill: Fill;
  /** 1 composes rotation, flips, scale and shift; 2 interpolates after the rotation and again after the scale. */
  readonly interpolations: 1 | 2;
}

/** Leaves images as they are. */
const none: AugmentOptions = {
  name: "none",
  rotation: [0, 0],
  flipHorizontal: 0,
  flipVertical: 0,
  scale: [1, 1],
  scaleAxes: "together",
  shift: [0, 0],
  contrast: [1, 1],
  multiply: [1, 1],
  blur: [0, 0],
  fill: "dataset-mean",
  interpolations: 1,
};

/** What the thesis's Appendix I runs with imgaug 0.4, its last release. */
const thesisCode: AugmentOptions = {
  ...none,
  name: "thesis-code",
  rotation: [-30, 30],
  flipHorizontal: 0.5,
  flipVertical: 0.5,
  scale: [0.9, 1.1],
  scaleAxes: "separate",
  multiply: [0.9, 1.1],
  blur: [0, 0.5],
  fill: "imgaug-0.4-int",
  interpolations: 2,
};

/** What the thesis's section 3.1 says. */
const thesisText: AugmentOptions = {
  ...thesisCode,
  name: "thesis-text",
  scale: [0.8, 1.2],
  scaleAxes: "together",
  contrast: [0.8, 1.2],
  multiply: [0.8, 1.2],
  fill: "image-mean",
};

/**
 * What we recommend: one scale for both axes keeps the shapes of cells, by which their types differ; one interpolation
 * keeps fine detail; a border of mean brightness is no edge to learn from.
 */
const rnet: AugmentOptions = {
  ...thesisCode,
  name: "rnet",
  scaleAxes: "together",
  contrast: [0.9, 1.1],
  fill: "dataset-mean",
  interpolations: 1,
};

export const augmentPresets: ReadonlyMap<string, AugmentOptions> = new Map(
  [none, thesisCode, thesisText, rnet].map((preset) => [preset.name, preset]),
);

export const augmentNames: readonly string[] = [...augmentPresets.keys()];

/** Whether these options leave every image as it is: nothing is recorded for them. */
export const changesNothing = (options: AugmentOptions): boolean =>
  [options.rotation, options.shift, options.blur].every(([low, high]) => low === 0 && high === 0) &&
  [options.scale, options.contrast, options.multiply].every(([low, high]) => low === 1 && high === 1) &&
  options.flipHorizontal === 0 &&
  options.flipVertical === 0;
