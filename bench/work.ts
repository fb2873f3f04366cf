/** Work against time: rates, and how near they come to what the adapter was measured to do. */
import type { Launch } from "../src/gpu/launch.ts";
import type { Ceilings } from "../src/gpu/probe.ts";

export interface Work {
  readonly launches: number;
  readonly flops: number;
  /** Read and written, by the counts of the launches: what caches save is not known. */
  readonly bytes: number;
}

/** What limits a launch at best: arithmetic, memory, or that it is a launch at all. */
export type Bound = "compute" | "memory" | "launch";

export interface Rates {
  /** Floating-point operations in a nanosecond. */
  readonly gflops: number;
  /** Bytes in a nanosecond. */
  readonly gbps: number;
  /** The larger of the shares of the measured multiply-add rate and of the measured copy bandwidth. */
  readonly shareOfPeak: number;
  readonly bound: Bound;
}

export const workOf = (launches: readonly Launch[]): Work => ({
  launches: launches.length,
  flops: launches.reduce((sum, { flops }) => sum + flops, 0),
  bytes: launches.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
});

/** @param ms that the work took, in milliseconds. */
export function ratesOf({ launches, flops, bytes }: Work, ms: number, ceilings: Ceilings): Rates {
  const [gflops, gbps] = [flops / (ms * 1e6), bytes / (ms * 1e6)];
  const shareOfPeak = Math.max(gflops / ceilings.fmaGflops, gbps / ceilings.copyGBps);
  // Nanoseconds that each would take alone.
  const floors: readonly [Bound, number][] = [
    ["compute", flops / ceilings.fmaGflops],
    ["memory", bytes / ceilings.copyGBps],
    ["launch", launches * ceilings.dispatchUs * 1e3],
  ];
  const [bound] = floors.reduce((longest, floor) => (floor[1] > longest[1] ? floor : longest));
  return { gflops, gbps, shareOfPeak, bound };
}
