/** The weight gradient of a stride-1 convolution for GPUs: conv2dWeightGradientTile.wgsl. */
import source from "../../../shaders/conv2dWeightGradientTile.wgsl?raw";
import { ShapeError } from "../../errors.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import type { Program } from "../../gpu/program.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { showShape } from "../../shape.ts";
import { type ConvGeometry, dimensionsOf, flopsOf, windowOf } from "./geometry.ts";
import {
  blocksOf,
  resultsOf,
  splitsOf,
  type WeightGradientTiling,
  weightGradientTilingsOf,
} from "./weight-gradient-tiling.ts";

export interface WeightGradientTensors {
  readonly x: Tensor;
  readonly dy: Tensor;
  /** [Cout, Cin, kH, kW]. */
  readonly dw: Tensor;
  /** [Cout]. */
  readonly db: Tensor;
  /** [Cin or more, 4], (scale, shift, ., .): the convolution was of scale * x + shift, with zeros around it. */
  readonly scaleShift?: Tensor | undefined;
}

/** A way to record the launches. */
export interface WeightGradientVariant {
  /** Output and input channels of a workgroup, and its tile. */
  readonly name: string;
  readonly splits: number;
  readonly record: (program: Program, tensors: WeightGradientTensors) => void;
}

/** As many as are worth measuring. */
const mostVariants = 4;

const shaderName = "conv2dWeightGradientTile";
const kernel = defineKernel(shaderName, source);

const nameOf = (t: WeightGradientTiling): string =>
  `tile ${t.threadOutputs * t.outGroups}x${t.threadInputs * t.inGroups}/${t.tileRows}x${t.tileColumns}`;

/** The ways to compute it, the one that should be fastest first; none where stride or window do not fit. */
export const weightGradientTileVariants = (g: ConvGeometry): WeightGradientVariant[] =>
  weightGradientTilingsOf(g)
    .slice(0, mostVariants)
    .map((tiling) => weightGradientTile(g, tiling));

/** The weight and bias gradient, cut in this way. @throws ShapeError if a stride is not 1. */
export function weightGradientTile(
  g: ConvGeometry,
  tiling: WeightGradientTiling,
  splits = splitsOf(g, tiling),
): WeightGradientVariant {
  if (g.strides.some((stride) => stride !== 1)) {
    throw new ShapeError(`${shaderName}: expected strides [1, 1], got ${showShape(g.strides)}. Take another variant.`);
  }
  const flops = flopsOf(g);
  return {
    name: nameOf(tiling),
    splits,
    record(program, { x, dy, dw, db, scaleShift }) {
      const constants = { ...dimensionsOf(g), ...windowOf(g), ...tiling, splits, affine: !!scaleShift };
      const partials = program.tensor("partials", [splits, resultsOf(g)]);
      const bindings = { x, dy, partials, ...(scaleShift && { scaleShift }) };
      program.launch(kernel, "partial", { constants, bindings, workgroups: [splits, ...blocksOf(g, tiling)], flops });
      program.sum({ partials, parts: splits, stride: resultsOf(g), outputs: [dw, db] });
    },
  };
}
