/** What a batch normalisation tells whoever reads its output: vec4f[channels], (scale, shift, mean, inverse). */
import { pinned, type Tensor } from "../../gpu/tensor.ts";

/** Entries of statistics at least, so that kernels of up to so many channels bind it alike. */
export const leastChannels = 128;

/** Statistics of what is not normalised, for kernels that always scale and shift. */
export const unscaled: Tensor = pinned(
  "unscaled",
  [leastChannels, 4],
  "f32",
  Float32Array.from({ length: 4 * leastChannels }, (_, i) => [1, 0, 0, 1][i % 4]!),
);
