/** From stored samples to 8-bit gray: by the upper byte, or stretched between two percentiles of the image. */
import type { Pair } from "../shape.ts";
import type { GrayImage, Samples, StoredImage } from "./image.ts";

/**
 * "none" takes the upper byte of 16-bit samples and leaves those of 8 bits. "percentile:LOW,HIGH" makes the image's own
 * percentile LOW black, HIGH white, and what lies between linear, whatever its bits.
 */
export type Normalization = "none" | `percentile:${number},${number}`;

/** The normalization that a text names, in its one spelling; undefined if it names none. */
export function parseNormalization(text: string): Normalization | undefined {
  if (text === "none") return text;
  const [, low, high] = /^percentile:(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (low === undefined || high === undefined) return undefined;
  const bounds = [Number(low), Number(high)] as const;
  return bounds[0] < bounds[1] && bounds[1] <= 100 ? `percentile:${bounds[0]},${bounds[1]}` : undefined;
}

/** The image as 8-bit gray. */
export function toGray({ facts: { height, width }, samples }: StoredImage, normalization: Normalization): GrayImage {
  if (normalization !== "none") return { height, width, pixels: stretched(samples, percentilesIn(normalization)) };
  return { height, width, pixels: samples instanceof Uint8Array ? samples : samples8(samples) };
}

const samples8 = (samples: Uint16Array): Uint8Array => {
  const pixels = new Uint8Array(samples.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = samples[i]! >>> 8;
  return pixels;
};

function percentilesIn(normalization: Normalization): Pair {
  const [low = 0, high = 100] = normalization.slice("percentile:".length).split(",").map(Number);
  return [low, high];
}

/** Of an image whose two percentiles are one value, what lies above is white and all else black. */
function stretched(samples: Samples, percents: Pair): Uint8Array {
  const histogram = new Uint32Array(samples instanceof Uint8Array ? 256 : 65536);
  for (let i = 0; i < samples.length; i++) histogram[samples[i]!]!++;
  const [low, high] = [percentile(histogram, percents[0]), percentile(histogram, percents[1])];
  const grayOf = Uint8Array.from(histogram, (_, value) => {
    if (high === low) return value > high ? 255 : 0;
    return Math.round(Math.min(Math.max((value - low) / (high - low), 0), 1) * 255);
  });
  const pixels = new Uint8Array(samples.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = grayOf[samples[i]!]!;
  return pixels;
}

/** As `np.percentile` gives it: linear between the two order statistics that it lies between. */
function percentile(histogram: Uint32Array, percent: number): number {
  const count = histogram.reduce((total, own) => total + own, 0);
  const rank = (percent / 100) * (count - 1);
  const below = orderStatistic(histogram, Math.floor(rank));
  const above = orderStatistic(histogram, Math.ceil(rank));
  return below + (above - below) * (rank - Math.floor(rank));
}

/** The value at place `rank`, from 0, of all values in ascending order. */
function orderStatistic(histogram: Uint32Array, rank: number): number {
  let seen = 0;
  return histogram.findIndex((count) => (seen += count) > rank);
}
