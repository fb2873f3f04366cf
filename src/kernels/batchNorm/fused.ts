/** Batch normalisation where its neighbours do a part of its work. shaders/batchNormFused.wgsl. */
import source from "../../../shaders/batchNormFused.wgsl?raw";
import type { Kernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import { bare, type Tensor } from "../../gpu/tensor.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { leastChannels } from "./statistics.ts";
import { defineTotalsKernel, subgroupLanes } from "../totals.ts";

const kernels = defineTotalsKernel("batchNormFused", source);

/** Invocations of a workgroup where they are more than a subgroup. */
const mostLanes = 64;

/** The kernel of an adapter, and the invocations of its workgroups. */
function chosenFor({ tuning }: Program): { kernel: Kernel; lanes: number } {
  const lanes = subgroupLanes(tuning);
  return lanes === null ? { kernel: kernels.byMemory, lanes: mostLanes } : { kernel: kernels.bySubgroup, lanes };
}

/** Parts of the gradient's sums, where this op makes them. */
const mostParts = 32;

export interface FusedInputs {
  /** [N, C, H, W], rectified, with its moments. */
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

export interface FusedOptions {
  readonly epsilon: number;
  readonly momentum: number;
  readonly relu: boolean;
  /** Leave scaling and shifting to whoever reads the output. */
  readonly defer?: boolean;
  readonly movingMean: Tensor;
  readonly movingVariance: Tensor;
}

/** The output; saved are the statistics [C or more, 4] that the backward pass needs. */
export function fusedForward(
  program: Program,
  { x, gamma, beta }: FusedInputs,
  moments: Tensor,
  options: FusedOptions,
): { output: Tensor; saved: [statistics: Tensor] } {
  const { epsilon, momentum, defer, movingMean, movingVariance } = options;
  const [, channels = 0] = x.shape;
  const statistics = program.tensor("statistics", [Math.max(channels, leastChannels), 4]);
  const [, parts = 0] = moments.shape;
  const constants = { ...dimensionsOf(x.shape), parts };
  const { kernel, lanes } = chosenFor(program);
  program.launch(kernel, "finish", {
    constants: { ...constants, epsilon, momentum, lanes },
    bindings: { moments, gamma, beta, movingMean, movingVariance, statistics },
    workgroups: [channels, 1, 1],
    flops: 12 * channels * parts,
  });
  const output = defer ? leftUndone(x, statistics) : normalise(program, x, statistics);
  return { output, saved: [statistics] };
}

/** x, standing for scale * x + shift. */
export const leftUndone = (x: Tensor, statistics: Tensor): Tensor => ({
  ...{ ...bare(x), name: `${x.name}.normalised` },
  fused: { statistics },
});

/** Records scale * x + shift, for who cannot do it while reading. */
export function normalise(program: Program, x: Tensor, statistics: Tensor): Tensor {
  const y = program.tensor("y", x.shape);
  const { kernel, lanes } = chosenFor(program);
  program.launch(kernel, "normalise", {
    constants: { ...dimensionsOf(x.shape), lanes },
    bindings: { a: bare(x), used: statistics, y },
    workgroups: planesOf(x.shape),
    flops: 2 * sizeOf(x.shape),
  });
  return y;
}

/** @returns dx, dgamma, dbeta. */
export function fusedBackward(
  program: Program,
  dy: Tensor,
  { x, gamma, beta }: FusedInputs,
  statistics: Tensor,
  { relu, training }: { readonly relu: boolean; readonly training: boolean },
): [dx: Tensor, dgamma: Tensor, dbeta: Tensor] {
  const { pool } = dy.fused ?? {};
  const gradientSums = dy.fused?.gradientSums ?? sumGradients(program, dy, x, statistics);
  const [windowHeight, windowWidth] = pool?.window ?? [1, 1];
  const dx = program.tensor("dx", x.shape);
  const dgamma = program.tensor("dgamma", gamma.shape);
  const dbeta = program.tensor("dbeta", beta.shape);
  const way = gradientWay(dy, x);
  const image = {
    inputGradient: { a: bare(x), dy: bytesOfGradient(dy), da: dx },
    inputGradientPairs: { aPairs: bare(x), dy: bytesOfGradient(dy), daPairs: dx },
    inputGradientVectors: { aVectors: bare(x), dyVectors: bare(dy), daVectors: dx },
  }[way];
  const { kernel, lanes } = chosenFor(program);
  program.launch(kernel, way, {
    constants: {
      ...gradientDimensions(dy, x),
      lanes,
      ...{ parts: gradientSums.shape[1] ?? 0, windowHeight, windowWidth, pooled: pool !== undefined, relu, training },
    },
    bindings: {
      ...{ ...image, used: statistics, gradientSums, dgamma, dbeta },
      ...(pool && { arg: pool.arg }),
    },
    workgroups: planesOf(x.shape),
    flops: 7 * sizeOf(x.shape),
  });
  return [dx, dgamma, dbeta];
}

/** By four elements, or by two of a pool's window, where the sizes allow it: a load costs as much as one of a single one. */
function gradientWay(dy: Tensor, x: Tensor): "inputGradient" | "inputGradientPairs" | "inputGradientVectors" {
  const [, , height = 0, width = 0] = x.shape;
  const { pool } = dy.fused ?? {};
  if (!pool) return (height * width) % 4 === 0 ? "inputGradientVectors" : "inputGradient";
  return pool.window[1] === 2 && width % 2 === 0 ? "inputGradientPairs" : "inputGradient";
}

function sumGradients(program: Program, dy: Tensor, x: Tensor, statistics: Tensor): Tensor {
  const [batch = 0, channels = 0] = x.shape;
  const parts = Math.min(batch, mostParts);
  const madeSums = program.tensor("gradientSums", [channels, parts, 2]);
  const { pool } = dy.fused ?? {};
  const { kernel, lanes } = chosenFor(program);
  program.launch(kernel, "sumGradients", {
    constants: { ...gradientDimensions(dy, x), parts, pooled: pool !== undefined, lanes },
    bindings: { a: bare(x), used: statistics, dy: bytesOfGradient(dy), madeSums, ...(pool && { arg: pool.arg }) },
    workgroups: [parts, channels, 1],
    flops: 5 * sizeOf(bytesOfGradient(dy).shape),
  });
  return madeSums;
}

const planesOf = ([batch = 0, channels = 0]: Shape) => gridOver(batch * channels, 1);

const dimensionsOf = ([batch = 0, channels = 0, height = 0, width = 0]: Shape) => ({ batch, channels, height, width });

/** A pooled gradient has the shape of the pool's output in its bytes. */
const bytesOfGradient = (dy: Tensor): Tensor => ({ ...bare(dy), shape: dy.fused?.pool?.arg.shape ?? dy.shape });

function gradientDimensions(dy: Tensor, x: Tensor) {
  const [, , pooledHeight = 0, pooledWidth = 0] = bytesOfGradient(dy).shape;
  return { ...dimensionsOf(x.shape), pooledHeight, pooledWidth };
}
