/** The convolution for software adapters: a lane an output channel. shaders/conv2dLanes.wgsl. */
import source from "../../../shaders/conv2dLanes.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import type { Program } from "../../gpu/program.ts";
import { bare, type Tensor } from "../../gpu/tensor.ts";
import { isSoftware, type Tuning } from "../../gpu/tuning.ts";
import { sizeOf } from "../../shape.ts";
import { unscaled } from "../batchNorm/statistics.ts";
import {
  type Convolution,
  type Convolved,
  type ConvGeometry,
  type ConvTensors,
  dimensionsOf,
  flopsOf,
  missing,
  type Pass,
  weightIndex,
  windowOf,
} from "./geometry.ts";

const kernel = defineKernel("conv2dLanes", source);

/** Larger windows make bodies that take too long to compile. */
const mostTaps = 12;
/** The shaders divide the numbers of tiles, each of at least two positions, in floats: exact below 2^20. */
const mostPositions = 2 ** 21;
export const workgroupSize = 32;

/** Whether this adapter runs such kernels well, and this convolution is one of theirs. */
export const suitsLanes = (tuning: Tuning, g: ConvGeometry): tuning is Tuning & { readonly subgroupSize: number } =>
  isSoftware(tuning.family) &&
  tuning.subgroupSize !== null &&
  sizeOf(g.strides) === 1 &&
  sizeOf(g.window) <= mostTaps &&
  g.batch * sizeOf(g.outputSize) < mostPositions;

/**
 * Where a subgroup has a known size: with as many output channels an invocation as pays. SwiftShader keeps its sums in
 * memory, so that it gains from computing four channels of one number; Mesa compiles such a body for too long.
 */
export function lanesConvolution(tuning: Tuning, g: ConvGeometry): readonly Convolution[] {
  if (!suitsLanes(tuning, g)) return [];
  const { family, subgroupSize } = tuning;
  const swiftShader = family === "swiftshader";
  const groups = Math.ceil(g.outChannels / subgroupSize);
  const variant = (sheets: number): Convolution => ({
    name: `lanes of ${sheets}`,
    normalises: true,
    record: (program, own, tensors) => record(program, own, tensors, { lanes: subgroupSize, sheets }),
  });
  const wanted = swiftShader ? [4, 2, 1] : [1];
  return wanted.filter((sheets) => sheets === 1 || groups % sheets === 0).map(variant);
}

/** How the work is cut, for lanes that load `lanes` numbers of a row at a time. */
interface Cut {
  readonly lanes: number;
  readonly sheets: number;
}

/** Rows and columns of a tile: as many positions as pay for a compiler, eight columns where they divide the row. */
const tiles = { wide: [4, 8], narrow: [5, 6] } as const;

/** Positions that a subgroup computes at a time: the columns for the rows of the weight gradient too. */
export function lanesTile({ outputSize: [height, width] }: ConvGeometry): readonly [height: number, width: number] {
  const [rows, columns] = width % tiles.wide[1] === 0 ? tiles.wide : tiles.narrow;
  return [Math.min(rows, height), Math.min(columns, width)];
}

function record(program: Program, g: ConvGeometry, tensors: ConvTensors, cut: Cut): Convolved {
  const { pass, x, weights: stored, bias, y, relu, wantsMoments = false, differentiated } = tensors;
  const { lanes, sheets } = cut;
  const [tileHeight, tileWidth] = lanesTile(g);
  const tileCount = g.batch * Math.ceil(g.outputSize[0] / tileHeight) * Math.ceil(g.outputSize[1] / tileWidth);
  const groups = Math.ceil(g.outChannels / (lanes * sheets));
  const splits = splitsOf(tileCount, lanes);
  const statistics = x.fused?.statistics ?? unscaled;
  const outputStatistics = differentiated?.fused?.statistics;
  const moments = wantsMoments ? program.tensor("moments", [g.outChannels, splits, 4]) : undefined;
  const gradientSums = outputStatistics && program.tensor("gradientSums", [g.outChannels, splits, 2]);
  const sums = moments ?? gradientSums;
  const weights = program.permuted(`weights.${pass}`, stored, packedTable(g, pass, groups * lanes * sheets));
  // One pipeline serves all passes, so what only another pass reads has to be bound to something.
  const unread: Tensor = { ...weights, shape: [4] };
  program.launch(kernel, "forward", {
    constants: {
      ...dimensionsOf(g),
      splits,
      ...{
        useBias: Number(bias !== undefined),
        relu: Number(relu),
        differentiates: Number(gradientSums !== undefined),
      },
      ...{ ...windowOf(g), lanes, sheets, tileHeight, tileWidth, workgroupSize },
      ...{ scaledChannels: statistics.shape[0] ?? 0, writeSums: sums !== undefined },
    },
    bindings: {
      ...{ x: bare(x), weights, y, bias: bias ?? unread, statistics },
      ...(sums && { sums, a: unread, outputStatistics: unread }),
      ...(differentiated && gradientSums && { a: bare(differentiated), outputStatistics }),
    },
    workgroups: [(splits * lanes) / workgroupSize, groups, 1],
    flops: flopsOf(g),
  });
  return { ...(moments && { moments }), ...(gradientSums && { gradientSums }) };
}

/** Subgroups that keep every core of a processor busy to the end, each with sums of its own. */
const enoughSplits = 64;

/** Splits of the positions: a whole number of workgroups. */
export function splitsOf(tiles: number, lanes: number, enough = enoughSplits): number {
  const perWorkgroup = workgroupSize / lanes;
  return Math.ceil(Math.min(tiles, enough) / perWorkgroup) * perWorkgroup;
}

/** Where each weight of [channels, Cin, quads, 4] stands in the stored weights: window positions four at a time. */
function packedTable(g: ConvGeometry, pass: Pass, channels: number): Uint32Array {
  const taps = sizeOf(g.window);
  const places = Math.ceil(taps / 4) * 4;
  return Uint32Array.from({ length: channels * g.channels * places }, (_, i) => {
    const output = Math.floor(i / (places * g.channels));
    const tap = i % places;
    if (output >= g.outChannels || tap >= taps) return missing;
    return weightIndex(g, pass, output, Math.floor(i / places) % g.channels, tap);
  });
}
