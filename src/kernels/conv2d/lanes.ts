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
/** The shaders divide the numbers of tiles in floats: exact below this. */
const mostTiles = 2 ** 20;
/** Few, since splits come in whole workgroups and those without work run too. */
const subgroupsPerWorkgroup = 4;
/** Invocations of a workgroup on an adapter whose subgroups have so many lanes. */
export const workgroupSizeOf = (lanes: number): number => lanes * subgroupsPerWorkgroup;

/** Whether this adapter runs such kernels well, and this convolution is one of theirs. */
export const suitsLanes = (tuning: Tuning, g: ConvGeometry): tuning is Tuning & { readonly subgroupSize: number } =>
  isSoftware(tuning.family) &&
  tuning.subgroupSize !== null &&
  sizeOf(g.strides) === 1 &&
  sizeOf(g.window) <= mostTaps &&
  tilesOf(g) < mostTiles;

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

/** Rows and columns of a tile: more are no faster on lavapipe, and take longer to compile. Eight columns divide many rows. */
const tiles = { wide: [4, 8], narrow: [5, 6] } as const;
/** A window as wide as this leaves a tile all its columns. */
const usualWindow = 3;

/** Positions that a subgroup computes at a time; the weight gradient takes the columns, for one row. */
export function lanesTile({
  window,
  outputSize: [height, width],
}: ConvGeometry): readonly [rows: number, columns: number] {
  const [rows, columns] = width % tiles.wide[1] === 0 ? tiles.wide : tiles.narrow;
  const fitting = Math.max(1, columns - Math.max(0, window[1] - usualWindow));
  return [Math.min(rows, height), Math.min(fitting, width)];
}

const tilesOf = (g: ConvGeometry): number => {
  const [rows, columns] = lanesTile(g);
  return g.batch * Math.ceil(g.outputSize[0] / rows) * Math.ceil(g.outputSize[1] / columns);
};

function record(program: Program, g: ConvGeometry, tensors: ConvTensors, cut: Cut): Convolved {
  const { pass, x, weights: stored, bias, y, relu, wantsMoments = false, differentiated } = tensors;
  const { lanes, sheets } = cut;
  const [tileHeight, tileWidth] = lanesTile(g);
  const groups = Math.ceil(g.outChannels / (lanes * sheets));
  const splits = splitsOf(tilesOf(g));
  const statistics = x.fused?.statistics ?? unscaled;
  const outputStatistics = differentiated?.fused?.statistics;
  const moments = wantsMoments ? program.tensor("moments", [g.outChannels, splits, 4]) : undefined;
  const gradientSums =
    outputStatistics && !moments ? program.tensor("gradientSums", [g.outChannels, splits, 2]) : undefined;
  const weights = program.permuted(`weights.${pass}`, stored, packedTable(g, pass, groups * lanes * sheets));
  // One pipeline serves all passes, so what only another pass reads or writes has to be bound to something.
  const unread: Tensor = { ...weights, name: "unread", shape: [4] };
  program.launch(kernel, "forward", {
    constants: {
      ...dimensionsOf(g),
      splits,
      ...{ useBias: Number(bias !== undefined), relu: Number(relu), summing: moments ? 1 : gradientSums ? 2 : 0 },
      ...{ ...windowOf(g), lanes, sheets, tileHeight, tileWidth, workgroupSize: workgroupSizeOf(lanes) },
      scaledChannels: statistics.shape[0] ?? 0,
    },
    bindings: {
      ...{ x: bare(x), weights, y, bias: bias ?? unread, statistics },
      a: differentiated && gradientSums ? bare(differentiated) : unread,
      outputStatistics: outputStatistics && gradientSums ? outputStatistics : unread,
      sums: moments ?? gradientSums ?? program.tensor("unwritten", [4]),
    },
    workgroups: [splits / subgroupsPerWorkgroup, groups, 1],
    flops: flopsOf(g),
  });
  return { ...(moments && { moments }), ...(gradientSums && { gradientSums }) };
}

/** Subgroups that keep every core of a processor busy to the end, each with sums of its own. */
const enoughSplits = 64;

/** Splits of the positions: a whole number of workgroups. */
export const splitsOf = (tiles: number, enough = enoughSplits): number =>
  Math.ceil(Math.min(tiles, enough) / subgroupsPerWorkgroup) * subgroupsPerWorkgroup;

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
