/** Kernels whose invocations add up what they hold: through the memory of a workgroup, or within a subgroup. */
import memorySource from "../../shaders/totalsByMemory.wgsl?raw";
import subgroupSource from "../../shaders/totalsBySubgroup.wgsl?raw";
import { defineKernel, type Kernel } from "../gpu/kernel.ts";
import { isSoftware, type Tuning } from "../gpu/tuning.ts";

/** A shader that calls `totalOf`, with each of the two ways to do it. */
export interface TotalsKernel {
  readonly byMemory: Kernel;
  readonly bySubgroup: Kernel;
}

export const defineTotalsKernel = (name: string, source: string, includes: readonly string[] = []): TotalsKernel => ({
  byMemory: defineKernel(name, source, [memorySource, ...includes]),
  bySubgroup: defineKernel(name, source, [subgroupSource, ...includes]),
});

/**
 * Where a workgroup of one subgroup does the work: the invocations that it has. On software adapters, where a launch
 * with barriers took twice its time and 0.1 s more to compile; GPUs want more invocations than a subgroup has.
 */
export const subgroupLanes = ({ family, subgroupSize }: Tuning): number | null =>
  isSoftware(family) ? subgroupSize : null;
