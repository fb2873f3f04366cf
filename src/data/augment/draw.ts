/** What is drawn for an image at a step, on the host: the same numbers, to the last bit, as shaders/augment.wgsl draws. */
import { type Key, streamKey, threefry } from "../../rng.ts";
import type { Pair } from "../../shape.ts";
import type { AugmentOptions } from "./options.ts";
import { rangesOf, units } from "./ranges.ts";

/** The parameters of one image, in the order in which they are applied; exact in float64. */
export interface AugmentDraw {
  /** Degrees, positive clockwise on the screen. */
  readonly rotation: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  readonly scaleX: number;
  readonly scaleY: number;
  /** Pixels to the right. */
  readonly shiftX: number;
  /** Pixels down. */
  readonly shiftY: number;
  readonly contrast: number;
  readonly multiply: number;
  /** Standard deviation of the blur in pixels. */
  readonly blur: number;
}

/** The key of the stream from which all draws of a run come. */
export const augmentKey = (seed: number): Key => streamKey(seed, "augment");

/** Counters of an image: two words each, of which 10 words are used. */
export const countersPerImage = 8;

/**
 * The draws of an image. Counter (step, 8 * image + k) gives words 2k and 2k + 1.
 *
 * @param step steps since the start of training.
 * @param image its number in the data set.
 * @param size H, W.
 */
export function drawOf(options: AugmentOptions, size: Pair, key: Key, step: number, image: number): AugmentDraw {
  const ranges = rangesOf(options, size);
  const words = [0, 1, 2, 3, 4].flatMap((k) => threefry(key, [step, countersPerImage * image + k]));
  const drawn = (name: string, k: number): number =>
    (ranges[`${name}Low`]! + highProduct(words[k]!, ranges[`${name}Range`]!)) | 0;
  const scaleX = drawn("scale", 3) / units.one;
  return {
    rotation: drawn("rotation", 0) / units.degree,
    flipHorizontal: words[1]! >>> 8 < ranges["flipHorizontal"]!,
    flipVertical: words[2]! >>> 8 < ranges["flipVertical"]!,
    scaleX,
    scaleY: options.scaleAxes === "together" ? scaleX : drawn("scale", 4) / units.one,
    shiftX: drawn("shiftX", 5) / units.pixel,
    shiftY: drawn("shiftY", 6) / units.pixel,
    contrast: drawn("contrast", 7) / units.one,
    multiply: drawn("multiply", 8) / units.one,
    blur: drawn("blur", 9) / units.one,
  };
}

/** The upper word of the product of two words. */
const highProduct = (a: number, b: number): number => Number((BigInt(a) * BigInt(b)) >> 32n);
