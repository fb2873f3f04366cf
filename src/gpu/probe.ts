/** Measures what an adapter can do at best. The kernels and what they count are in shaders/probe.wgsl. */
import source from "../../shaders/probe.wgsl?raw";
import type { Device } from "./device.ts";
import { defineKernel } from "./kernel.ts";
import { gridOver, type LaunchRequest } from "./launch.ts";
import { Program } from "./program.ts";
import type { ReadyProgram } from "./ready-program.ts";
import { pinned } from "./tensor.ts";
import { timeInterleaved } from "./timing.ts";

/** What an adapter can do at best. */
export interface Speed {
  /** Bytes read and written in a nanosecond by a copy from buffer to buffer. */
  readonly copyGBps: number;
  /** Floating-point operations in a nanosecond; a multiply-add counts as two. */
  readonly fmaGflops: number;
}

/** What a launch can be compared with. */
export interface Ceilings extends Speed {
  /** Cost of a launch that does next to nothing, in microseconds. */
  readonly dispatchUs: number;
}

/** Everything that a benchmark shows beside its results; takes about a second. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  return { ...(await measureSpeed(device)), dispatchUs: await measureDispatch(device) };
}

/** Long enough that starting and waiting do not count. */
const measuredMs = 50;
const attempts = 6;
const kernel = defineKernel("probe", source);

/** The best of a few measurements each. Takes about a second. */
export async function measureSpeed(device: Device): Promise<Speed> {
  // More than a GPU's caches hold. A CPU has no such caches and takes longer.
  const megabytes = device.description.type === "hardware" ? 128 : 16;
  return { copyGBps: await measureCopy(device, megabytes * 2 ** 20), fmaGflops: await measureFma(device) };
}

/** The multiply-add rate alone, as in `Speed`. */
export const measureFma = (device: Device): Promise<number> =>
  measureMultiplyAdd(device, device.description.type === "hardware" ? 2 ** 20 : 2 ** 14);

async function measureCopy(device: Device, bytes: number): Promise<number> {
  const size = bytes / 64; // invocations, of four vectors of 16 bytes
  const bindings = { x: pinned("x", [bytes / 4]), y: pinned("y", [bytes / 4]) };
  const perRun = { constants: { size }, bindings, workgroups: gridOver(size), flops: 0 };
  return (2 * bytes) / (await nanosecondsPerRun(device, "copy", perRun));
}

async function measureMultiplyAdd(device: Device, size: number): Promise<number> {
  const rounds = 256;
  const factors = pinned("factors", [size], "f32", new Float32Array(size).fill(0.5));
  const bindings = { factors, sums: pinned("sums", [size]) };
  const flops = 64 * rounds * size;
  const perRun = { constants: { size, rounds }, bindings, workgroups: gridOver(size), flops };
  return flops / (await nanosecondsPerRun(device, "multiplyAdd", perRun));
}

/**
 * Microseconds between two launches of which each does next to nothing and must wait for the one before, which writes
 * to the same buffer: what a launch costs beside its work.
 */
export async function measureDispatch(device: Device): Promise<number> {
  const bindings = { factors: pinned("factors", [1], "f32", new Float32Array([0.5])), sums: pinned("sums", [1]) };
  const program = new Program("empty launches");
  program.launch(kernel, "multiplyAdd", {
    constants: { size: 1, rounds: 1 },
    bindings,
    workgroups: [1, 1, 1],
    flops: 64,
  });
  const ready = await program.finish(device);
  try {
    const submit = (repeats: number) => ready.runLaunches([0], repeats);
    const [series] = await timeInterleaved(device, [{ name: "empty", submit }], { repetitions: attempts });
    return Math.min(...(series?.ms ?? [])) * 1e3;
  } finally {
    ready.destroy();
    for (const { slot } of Object.values(bindings)) device.release(slot);
  }
}

async function nanosecondsPerRun(device: Device, entryPoint: string, launch: LaunchRequest): Promise<number> {
  const program = new Program("probe");
  program.launch(kernel, entryPoint, launch);
  const ready = await program.finish(device);
  try {
    let runs = 1;
    while ((await millisecondsOf(ready, runs)) < measuredMs) runs *= 2;
    let best = Infinity;
    for (let i = 0; i < attempts; i++) best = Math.min(best, await millisecondsOf(ready, runs));
    return (best / runs) * 1e6;
  } finally {
    ready.destroy();
    for (const { slot } of Object.values(launch.bindings)) device.release(slot);
  }
}

async function millisecondsOf(ready: ReadyProgram, runs: number): Promise<number> {
  const start = performance.now();
  for (let run = 0; run < runs; run++) ready.run();
  await ready.device.settled();
  return performance.now() - start;
}

/**
 * The step in which GPU timestamps advance, in nanoseconds: the greatest common divisor of the differences of a few.
 * Null where the device takes none.
 */
export async function timestampQuantumNs(device: Device): Promise<number | null> {
  const { gpu } = device;
  if (!gpu.features.has("timestamp-query")) return null;
  const count = 64;
  const querySet = gpu.createQuerySet({ label: "timestamps", type: "timestamp", count });
  const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
  const resolved = gpu.createBuffer({ label: "timestamps", size: count * 8, usage });
  const encoder = gpu.createCommandEncoder();
  for (let i = 0; i < count; i += 2) {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: i, endOfPassWriteIndex: i + 1 };
    encoder.beginComputePass({ timestampWrites }).end();
  }
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  gpu.queue.submit([encoder.finish()]);
  const times = new BigUint64Array(await device.readBuffer(resolved, 0, count * 8));
  querySet.destroy();
  resolved.destroy();
  const [first = 0n] = times;
  const quantum = times.reduce(
    (divisor, time) => commonDivisor(divisor, time > first ? time - first : first - time),
    0n,
  );
  return quantum === 0n ? null : Number(quantum);
}

const commonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : commonDivisor(b, a % b));
