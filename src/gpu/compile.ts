/** From a Program's list to pipelines. */
import type { Device } from "./device.ts";
import { specialise } from "./kernel.ts";
import { labelOf, type Recorded } from "./launch.ts";
import type { Tuning } from "./tuning.ts";

/** The WGSL of one launch as it is compiled. */
export interface LaunchCode {
  readonly label: string;
  readonly code: string;
  readonly entryPoint: string;
}

/** What each launch compiles, in order. */
export function codesOf(recorded: readonly Recorded[], tuning: Tuning): LaunchCode[] {
  return recorded.map(({ kernel, launch, request }) => ({
    label: labelOf(launch),
    code: specialise(kernel, launch.tunables, {
      inStorage: request.inStorage,
      bindDimensions: tuning.bindDimensions,
      broadcasts: tuning.broadcasts,
    }),
    entryPoint: launch.entryPoint,
  }));
}

/** Compiles all of them at once. */
export async function compile(
  device: Device,
  codes: readonly LaunchCode[],
  onProgress?: (compiled: number, total: number) => void,
): Promise<GPUComputePipeline[]> {
  let compiled = 0;
  const promises = codes.map(async ({ label, code, entryPoint }) => {
    const pipeline = await device.pipeline(label, code, entryPoint);
    onProgress?.(++compiled, codes.length);
    return pipeline;
  });
  return Promise.all(promises);
}
