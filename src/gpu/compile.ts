/** From a Program's list to pipelines. */
import type { Device } from "./device.ts";
import { dimensionsOf } from "./dimensions.ts";
import { type Kernel, specialise } from "./kernel.ts";
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
  const known = new Map<Kernel, Map<string, string>>();
  return recorded.map((entry) => {
    const ofKernel = known.get(entry.kernel) ?? new Map<string, string>();
    known.set(entry.kernel, ofKernel);
    const key = whatDecides(entry, tuning);
    const code = ofKernel.get(key) ?? codeOf(entry, tuning);
    ofKernel.set(key, code);
    return { label: labelOf(entry.launch), code, entryPoint: entry.launch.entryPoint };
  });
}

const codeOf = ({ kernel, launch, request }: Recorded, { bindDimensions, broadcasts }: Tuning): string =>
  specialise(kernel, launch.tunables, { inStorage: request.inStorage, bindDimensions, broadcasts });

/** Unrolling takes milliseconds, and launches that differ only in shapes that are uniforms have the same code. */
function whatDecides({ kernel, launch, request }: Recorded, { bindDimensions }: Tuning): string {
  const uniforms = new Set(bindDimensions ? dimensionsOf(kernel.source) : []);
  const constants = Object.entries(launch.tunables).filter(([name]) => !uniforms.has(name));
  return JSON.stringify([constants.sort(), request.inStorage ?? []]);
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
