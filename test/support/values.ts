import { RandomStream } from "../../src/rng.ts";
import { sizeOf, type Shape } from "../../src/shape.ts";

/** Spacing of `distinct`: a power of two, so that every value is exact in float32. */
const spacing = 1 / 64;

/**
 * Uniform values in [low, high], rounded to float32: a GPU and the float64 reference see the same numbers.
 * A pure function of its arguments.
 */
export function uniform(shape: Shape, seed: number, low: number, high: number): Float64Array {
  const stream = new RandomStream(seed, "test/uniform");
  return Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(stream.uniform(low, high)));
}

/**
 * Shuffled values at least 1/64 apart and at least 1/128 from zero, exact in float32: a step of up to 1/256 crosses
 * no tie of a maximum and no kink of a rectifier. They spread over about ±size/128, so keep the size small.
 */
export function distinct(shape: Shape, seed: number): Float64Array {
  const size = sizeOf(shape);
  const ranks = new RandomStream(seed, "test/distinct").permutation(size);
  return Float64Array.from(ranks, (rank) => (rank - Math.floor(size / 2) + 0.5) * spacing);
}
