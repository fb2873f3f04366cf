/** A synthetic data set as it is made, image after image, and one that is used at once without files. */
import { UsageError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import type { Dataset } from "../dataset.ts";
import { type Exposure, Microscope, type MicroscopeOptions } from "./microscope.ts";
import { requireOptions } from "./options.ts";
import { drawScene, type Scene } from "./scene.ts";
import { cellTypes } from "./types.ts";

export interface CountedOptions extends Omit<MicroscopeOptions, "batch"> {
  /** Number of images. */
  readonly count: number;
  /** Called after each image with how many are made. */
  readonly onProgress?: ((made: number) => void) | undefined;
  /** Asked to stop: the images under way are finished first. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws UsageError if an option is out of range. */
export function requireCounted(options: CountedOptions): void {
  requireOptions(options);
  const { count } = options;
  if (Number.isInteger(count) && count >= 1) return;
  throw new UsageError(`generator: expected a count of a positive integer, got ${count}`);
}

/** Images a submit: a few, since the light of one takes megabytes. */
const imagesAtOnce = 4;

/** An image with what it shows. */
export interface GeneratedImage {
  readonly scene: Scene;
  /** [size, size] gray levels. */
  readonly pixels: Exposure["pixels"];
  /** [size, size]: 1 + the number of the cell that is seen, or 0; empty without masks. */
  readonly owners: Exposure["owners"];
}

/**
 * Images 0 … count - 1 in order. The next ones are on the GPU while the caller has these.
 *
 * @throws UsageError if an option is out of range.
 */
export async function* generateImages(device: Device, options: CountedOptions): AsyncGenerator<GeneratedImage> {
  requireCounted(options);
  const { count, onProgress, signal } = options;
  const microscope = await Microscope.open(device, { ...options, batch: Math.min(imagesAtOnce, count) });
  let next = exposeFrom(microscope, 0, options);
  try {
    for (let made = 0; made < count && !signal?.aborted;) {
      const { scenes, exposure } = await next;
      const after = made + scenes.length;
      if (after < count) next = exposeFrom(microscope, after, options);
      next.catch(() => undefined); // thrown where it is awaited
      for (const [i, scene] of scenes.entries()) {
        const part = <T extends Uint8Array | Uint16Array | Uint32Array>(all: T) => {
          const area = all.length / scenes.length;
          return all.subarray(i * area, (i + 1) * area) as T;
        };
        yield { scene, pixels: part(exposure.pixels), owners: part(exposure.owners) };
        made++;
        onProgress?.(made);
      }
    }
  } finally {
    await next.catch(() => undefined); // its buffers are in use until then
    microscope.destroy();
  }
}

async function exposeFrom(microscope: Microscope, first: number, options: CountedOptions) {
  const scenes: Scene[] = [];
  for (let index = first; index < Math.min(first + imagesAtOnce, options.count); index++) {
    scenes.push(drawScene(index, options));
  }
  return { scenes, exposure: await microscope.expose(scenes) };
}

/**
 * A data set with its realised fractions as labels: what `makeDataset` writes with these options.
 *
 * @throws UsageError if an option is out of range.
 */
export async function generateDataset(
  device: Device,
  options: Omit<CountedOptions, "bits" | "masks">,
): Promise<Pick<Dataset, "size" | "pixels" | "labels" | "outputs">> {
  const { count, size } = options;
  const pixels = new Uint8Array(count * size * size);
  const labels = new Float32Array(count * cellTypes.length);
  for await (const { scene, pixels: image } of generateImages(device, options)) {
    pixels.set(image, scene.index * size * size);
    labels.set(scene.fractions, scene.index * cellTypes.length);
  }
  return { size: [size, size], pixels, labels, outputs: cellTypes };
}
