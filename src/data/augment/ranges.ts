/**
 * The ranges of an augmentation as shaders/augment.wgsl takes them: integers, so that what is drawn is the same to the
 * last bit on every adapter and on the host (draw.ts). A drawn number is low + word * range / 2^32.
 */
import type { Pair } from "../../shape.ts";
import type { AugmentOptions, Range } from "./options.ts";

/** What 1 is in the integers that hold each parameter. */
export const units = {
  /** A degree: angles are in 2^-32 of a turn, and wrap. */
  degree: 2 ** 32 / 360,
  /** A pixel, of a shift: with a step of 1/64 all coordinates are exact in float32. */
  pixel: 64,
  /** Of scale, contrast, brightness and blur. */
  one: 2 ** 28,
  /** Of probabilities: compared with the upper 24 bits of a word. */
  probability: 2 ** 24,
} as const;

const word = 2 ** 32;

/** Low and range in a unit, as 32-bit words; a negative low in two's complement. */
function integers(name: string, [low, high]: Range, unit: number): Record<string, number> {
  const first = Math.round(low * unit);
  return {
    [`${name}Low`]: ((first % word) + word) % word,
    [`${name}Range`]: Math.min(Math.round(high * unit) - first, word - 1),
  };
}

const times = ([low, high]: Range, size: number): Range => [low * size, high * size];

/** @param size H, W of the images. */
export function rangesOf(options: AugmentOptions, [height, width]: Pair): Record<string, number> {
  return {
    ...integers("rotation", options.rotation, units.degree),
    flipHorizontal: Math.round(options.flipHorizontal * units.probability),
    flipVertical: Math.round(options.flipVertical * units.probability),
    ...integers("scale", options.scale, units.one),
    ...integers("shiftX", times(options.shift, width), units.pixel),
    ...integers("shiftY", times(options.shift, height), units.pixel),
    ...integers("contrast", options.contrast, units.one),
    ...integers("multiply", options.multiply, units.one),
    ...integers("blur", options.blur, units.one),
  };
}
