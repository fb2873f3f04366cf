/** The options of the commands that sample predictions by dropout. */
import type { SamplingOptions } from "../nn/predictor.ts";
import { integer } from "./options.ts";

export const samplingOptions = {
  uncertainty: { type: "boolean", describe: "predict many times with dropout, and say how much predictions vary" },
  samples: integer("samples", { describe: "how many times (default 30)" }, 2),
} as const;

interface Given {
  readonly uncertainty?: boolean | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** How to sample, if that was asked for. */
export function samplingOf({ uncertainty = false, samples = 30, seed = 0 }: Given): SamplingOptions | undefined {
  return uncertainty ? { samples, seed } : undefined;
}
