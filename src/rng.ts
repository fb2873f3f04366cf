/**
 * Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel Random Numbers: As Easy as
 * 1, 2, 3", SC 2011). A number is a pure function of (seed, stream, counter), so nothing is stored on the GPU, a
 * resumed run draws what an uninterrupted one would, and shaders/random.wgsl gives the same bits.
 */

export type Key = readonly [number, number];

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Constant of the key schedule, from Skein. */
const parity = 0x1bd11bda;

/** Threefry-2x32-20: two 32-bit words from a key and a counter of two words each. */
export function threefry(key: Key, counter: Key): Key {
  const schedule = [key[0], key[1], key[0] ^ key[1] ^ parity] as const;
  let a = (counter[0] + schedule[0]) | 0;
  let b = (counter[1] + schedule[1]) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    const distance = rotations[round % 8]!;
    b = ((b << distance) | (b >>> (32 - distance))) ^ a;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      a = (a + schedule[injection % 3]!) | 0;
      b = (b + schedule[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
}

/** The key of a named stream ("init", "split", "shuffle", "dropout/dropout1", …) under one seed. */
export function streamKey(seed: number, name: string): Key {
  let key: Key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  for (const byte of new TextEncoder().encode(name)) key = threefry(key, [byte, 0]);
  return threefry(key, [name.length, 1]);
}

/** A uniform number in [0, 1) from the upper 24 bits of a word: exact in float32. */
export const uniformOf = (word: number): number => (word >>> 8) * 2 ** -24;

/** A stream of random numbers, walked from the start: counter (0, lane), (1, lane), … */
export class RandomStream {
  readonly #key: Key;
  readonly #lane: number;
  #next = 0;
  #spare: number | undefined;

  /** @param lane separates sequences of one stream, such as the epoch of a shuffle or the index of an image. */
  constructor(seed: number, name: string, lane = 0) {
    this.#key = streamKey(seed, name);
    this.#lane = lane;
  }

  /** A 32-bit word. */
  word(): number {
    if (this.#spare !== undefined) {
      const word = this.#spare;
      this.#spare = undefined;
      return word;
    }
    const [first, second] = threefry(this.#key, [this.#next++, this.#lane]);
    this.#spare = second;
    return first;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformOf(this.word());
  }

  /** A uniform integer in [0, bound), without modulo bias for bounds below 2^24. */
  integer(bound: number): number {
    return Math.floor(uniformOf(this.word()) * bound);
  }

  /** Normal with the given mean and standard deviation (Box-Muller, one of the pair). */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A permutation of 0 … length - 1 (Fisher-Yates). */
  permutation(length: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let last = length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const held = order[last]!;
      order[last] = order[other]!;
      order[other] = held;
    }
    return order;
  }
}
