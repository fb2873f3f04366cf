/** Stride-1 convolution and its data gradient for GPUs: conv2dTile.wgsl, which says what it computes and how. */
import source from "../../../shaders/conv2dTile.wgsl?raw";
import { ShapeError } from "../../errors.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { showShape, sizeOf } from "../../shape.ts";
import {
  type ConvGeometry,
  dimensionsOf,
  flopsOf,
  missing,
  type Pass,
  turned,
  weightIndex,
  windowOf,
} from "./geometry.ts";
import { blockChannelsOf, partsOf, type Tiling, tilingsOf } from "./tiling.ts";

export interface TileTensors {
  readonly x: Tensor;
  /** Pinned, [Cout, Cin, kH, kW]. */
  readonly weights: Tensor;
  readonly bias?: Tensor | undefined;
  readonly y: Tensor;
  /** Applies max(., 0) to the result. */
  readonly relu?: boolean | undefined;
  /** [Cin or more, 4], (scale, shift, ., .): the convolution is of scale * x + shift, with zeros around it. */
  readonly scaleShift?: Tensor | undefined;
  /** [Cout, parts, 4]: count, mean and sum of squared deviations of y, and 0. */
  readonly moments?: Tensor | undefined;
}

export interface TileGradientTensors {
  readonly dy: Tensor;
  /** Pinned, [Cout, Cin, kH, kW]. */
  readonly weights: Tensor;
  readonly dx: Tensor;
  /** Sums over dx, which the gradient of a batch normalisation needs. */
  readonly sums?: GradientSums | undefined;
}

export interface GradientSums {
  /** What was normalised, of dx's shape. */
  readonly a: Tensor;
  /** [Cin or more, 4]: (., ., mean, inverse standard deviation). */
  readonly saved: Tensor;
  /** [Cin, parts, 2]: the sums of dx and of dx * (a - mean) * inverse. */
  readonly gradientSums: Tensor;
}

/** A way to record a launch. */
export interface TileVariant<Tensors> {
  /** The tile of an invocation, invocations side by side, output channels of a workgroup. */
  readonly name: string;
  /** Of each sum over positions. */
  readonly parts: number;
  readonly record: (program: Program, tensors: Tensors) => void;
}

/** As many as are worth measuring. */
const mostVariants = 4;

const nameOf = (t: Tiling): string => `tile ${t.tileHeight}x${t.tileWidth}/${t.lanesAcross}/${blockChannelsOf(t)}`;

/** The ways to convolve, the one that should be fastest first; none where stride or window do not fit. */
export const tileVariants = (g: ConvGeometry): TileVariant<TileTensors>[] =>
  tilingsOf(g)
    .slice(0, mostVariants)
    .map((tiling) => tile(g, tiling));

/** The ways to compute the data gradient of the convolution `g`, the one that should be fastest first. */
export const tileGradientVariants = (g: ConvGeometry): TileVariant<TileGradientTensors>[] =>
  tilingsOf(turned(g))
    .slice(0, mostVariants)
    .map((tiling) => tileGradient(g, tiling));

/** The convolution, cut in this way. @throws ShapeError if a stride is not 1. */
export function tile(g: ConvGeometry, tiling: Tiling): TileVariant<TileTensors> {
  mustHaveStrideOne(g);
  return {
    name: nameOf(tiling),
    parts: partsOf(g, tiling),
    record(program, { x, weights, bias, y, relu = false, scaleShift, moments }) {
      const packed = program.permuted("weights.tiled", weights, packedTable(g, tiling, "forward"));
      const flags = {
        useBias: bias !== undefined,
        affine: !!scaleShift,
        useMoments: !!moments,
        useGradientSums: false,
      };
      const optional = { ...(scaleShift && { scaleShift }), ...(moments && { moments }) };
      launch(program, g, tiling, {
        bindings: { x, weights: packed, y, ...(bias && { bias }), ...optional },
        flags,
        relu,
      });
    },
  };
}

/** The data gradient of the convolution `g`, cut in this way. @throws ShapeError if a stride is not 1. */
export function tileGradient(g: ConvGeometry, tiling: Tiling): TileVariant<TileGradientTensors> {
  mustHaveStrideOne(g);
  const own = turned(g);
  return {
    name: nameOf(tiling),
    parts: partsOf(own, tiling),
    record(program, { dy, weights, dx, sums }) {
      const packed = program.permuted("weights.turnedTiled", weights, packedTable(own, tiling, "backward"));
      const flags = { useBias: false, affine: false, useMoments: false, useGradientSums: !!sums };
      const bindings = { x: dy, weights: packed, y: dx, ...sums };
      launch(program, own, tiling, { bindings, flags, relu: false });
    },
  };
}

function mustHaveStrideOne({ strides }: ConvGeometry): void {
  if (strides.every((stride) => stride === 1)) return;
  throw new ShapeError(`conv2dTile: expected strides [1, 1], got ${showShape(strides)}. Take another variant.`);
}

type Flags = Readonly<Record<"useBias" | "affine" | "useMoments" | "useGradientSums", boolean>>;

const kernel = defineKernel("conv2dTile", source);

function launch(
  program: Program,
  g: ConvGeometry,
  tiling: Tiling,
  { bindings, flags, relu }: { bindings: Readonly<Record<string, Tensor>>; flags: Flags; relu: boolean },
): void {
  const [across, down] = gridOver(partsOf(g, tiling), 1);
  program.launch(kernel, "convolve", {
    constants: { ...dimensionsOf(g), ...windowOf(g), ...tiling, ...flags, relu },
    bindings,
    workgroups: [across, down, Math.ceil(g.outChannels / blockChannelsOf(tiling))],
    flops: flopsOf(g),
  });
}

/**
 * Where each weight of [blocks, Cin rounded up to chunks, kH, kW, channels of a block] stands in [Cout, Cin, kH, kW].
 * For the data gradient `g` is that of dx: the weights are [Cin, Cout, kH, kW] and their window is turned.
 */
function packedTable(g: ConvGeometry, tiling: Tiling, pass: Pass): Uint32Array {
  const taps = sizeOf(g.window);
  const blockChannels = blockChannelsOf(tiling);
  const inputs = Math.ceil(g.channels / tiling.chunk) * tiling.chunk;
  const blocks = Math.ceil(g.outChannels / blockChannels);
  return Uint32Array.from({ length: blocks * inputs * taps * blockChannels }, (_, i) => {
    const output = Math.floor(i / (blockChannels * taps * inputs)) * blockChannels + (i % blockChannels);
    const input = Math.floor(i / (blockChannels * taps)) % inputs;
    const tap = Math.floor(i / blockChannels) % taps;
    return output < g.outChannels && input < g.channels ? weightIndex(g, pass, output, input, tap) : missing;
  });
}
