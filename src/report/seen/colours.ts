/** Colours of values. Those of outputs are told apart with every kind of colour vision (Okabe and Ito 2008). */
import type { Paint } from "./bitmap.ts";

export type Scale = (value: number) => Paint;

const clamped = (value: number): number => Math.min(Math.max(value, 0), 1);

/** Coefficients of red, green and blue for powers 0 to 6: M. Zucker's fit of matplotlib's viridis, within 0.01. */
const viridisPowers = [
  [0.2777273272234177, 0.005407344544966578, 0.3340998053353061],
  [0.1050930431085774, 1.404613529898575, 1.384590162594685],
  [-0.3308618287255563, 0.214847559468213, 0.09509516302823659],
  [-4.634230498983486, -5.799100973351585, -19.33244095627987],
  [6.228269936347081, 14.17993336680509, 56.69055260068105],
  [4.776384997670288, -13.74514537774601, -65.35303263337234],
  [-5.435455855934631, 4.645852612178535, 26.3124352495832],
] as const;

/** 0 purple to 1 yellow, as the thesis's Figure 10 has it; values beyond are clamped. */
export const viridis: Scale = (value) => {
  const t = clamped(value);
  const channel = (i: 0 | 1 | 2) =>
    255 * clamped(viridisPowers.reduceRight((sum, coefficients) => sum * t + coefficients[i], 0));
  return [channel(0), channel(1), channel(2), 1];
};

/** The most that a map covers of the image below it. */
const opacity = 0.75;

const raises = [213, 62, 30] as const;
const lowers = [33, 102, 214] as const;

/** -1 blue, 0 clear, 1 red. */
export const signed: Scale = (value) => [...(value < 0 ? lowers : raises), opacity * clamped(Math.abs(value))];

/** 0 clear to 1 the output's colour. */
export const inColour =
  (colour: Colour): Scale =>
  (value) => [...colour, opacity * clamped(value)];

export type Colour = readonly [red: number, green: number, blue: number];

const outputColours: readonly Colour[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 178, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [0, 114, 178],
];

/** Of output k; beyond seven they begin again. */
export const colourOfOutput = (k: number): Colour => outputColours[k % outputColours.length] ?? [0, 0, 0];
