/** The illumination behind the cells, and the camera: noise and eight bits. */
import type { RandomStream } from "../../rng.ts";
import type { Canvas } from "./paint.ts";
import { randomDirection } from "./outline.ts";
import { background, fieldSize } from "./parameters.ts";

/** A canvas that holds the background alone: a level, a slope in a random direction, and darker corners. */
export function illuminate(stream: RandomStream, size: number): Canvas {
  const level = stream.uniform(...background.level);
  const [cosine, sine] = randomDirection(stream);
  const tilt = stream.uniform(0, background.tilt);
  const vignette = stream.uniform(...background.vignette);
  const levels = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const y = (2 * row + 1) / size - 1;
    for (let column = 0; column < size; column++) {
      const x = (2 * column + 1) / size - 1;
      const corner = (x * x + y * y) / 2;
      levels[row * size + column] = level + tilt * (x * cosine + y * sine) - vignette * corner;
    }
  }
  return { size, levels };
}

/** Standard deviation of the sum of a word's four bytes, each uniform on 0 … 255. */
const deviationOfBytes = Math.sqrt((4 * (256 * 256 - 1)) / 12);

/** The image in eight bits, with noise that a sum of four uniform bytes makes close to normal. */
export function expose(stream: RandomStream, { size, levels }: Canvas): Uint8Array<ArrayBuffer> {
  const noise = (background.noise * size) / fieldSize / deviationOfBytes;
  const pixels = new Uint8Array(size * size);
  for (let i = 0; i < pixels.length; i++) {
    const word = stream.word();
    const bytes = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    pixels[i] = Math.min(255, Math.max(0, Math.floor(levels[i]! + noise * (bytes - 510) + 0.5)));
  }
  return pixels;
}
