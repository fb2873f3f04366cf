/** The network of a preset that the command line's options have changed. */
import { ShapeError, UsageError } from "../errors.ts";
import { modelOf, type Preset } from "../nn/preset.ts";
import type { Sequential } from "../nn/sequential.ts";

/** @throws UsageError naming --size if the images are too small. */
export function networkOf(preset: Preset, outputs: number): Sequential {
  try {
    return modelOf(preset, outputs);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    const { size, network } = preset;
    throw new UsageError(
      `--size: expected images large enough for the network "${network}", got ${size} x ${size}: ${cause.message}`,
      { cause },
    );
  }
}
