import dataGradientSource from "../../shaders/conv2dDataGradient.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import { bare, type Tensor } from "../gpu/tensor.ts";
import { sizeOf } from "../shape.ts";
import { normalise } from "./batchNorm/fused.ts";
import { direct } from "./conv2d/direct.ts";
import {
  constantsOf,
  type Conv2dOptions,
  convGeometry,
  type ConvGeometry,
  type Convolution,
  type Convolved,
  type ConvTensors,
  flopsOf,
  siteOf,
  turned,
} from "./conv2d/geometry.ts";
import { tileConvolutions, tileGradients, tileWeightGradients } from "./conv2d/gpu.ts";
import { lanesConvolution } from "./conv2d/lanes.ts";
import type { WeightGradient } from "./conv2d/weight-gradient.ts";
import { directWeightGradient } from "./conv2d/weight-gradient-direct.ts";
import { lanesWeightGradient } from "./conv2d/weight-gradient-lanes.ts";
import type { Op } from "./op.ts";
import { reluGradient } from "./relu.ts";

export type { Conv2dOptions } from "./conv2d/geometry.ts";

const dataGradientKernel = defineKernel("conv2dDataGradient", dataGradientSource);

/**
 * 2-D convolution (cross-correlation) over planar images, as Keras's `Conv2D`.
 * x [N, Cin, H, W], weights [Cout, Cin, kH, kW], bias [Cout] give [N, Cout, OH, OW].
 */
export const conv2d: Op<readonly [x: Tensor, weights: Tensor, bias: Tensor], readonly [], Conv2dOptions> = {
  name: "conv2d",

  forward(program, [x, weights, bias], options) {
    const g = convGeometry(x, weights, bias, options);
    const y = program.tensor("y", [g.batch, g.outChannels, ...g.outputSize]);
    const wantsMoments = options.feedsBatchNorm ?? false;
    const fused = convolve(program, g, { pass: "forward", x, weights, bias, y, relu: options.relu, wantsMoments });
    return { output: { ...y, fused }, saved: [] };
  },

  backward(program, dy, { inputs: [x, weights, bias], output, needs }, options) {
    const g = convGeometry(x, weights, bias, options);
    const dz = options.relu && !options.feedsBatchNorm ? reluGradient(program, bare(output), dy) : dy;
    const dx = needs[0] ? dataGradient(program, g, dz, { x, weights }) : null;
    const dw = program.tensor("dw", weights.shape);
    const db = program.tensor("db", bias.shape);
    const { tuning } = program;
    const variants = [...tileWeightGradients(tuning, g), ...lanesWeightGradient(tuning, g), directWeightGradient];
    const variant = program.choose<WeightGradient>(siteOf("weights", g), variants);
    variant.record(program, g, { x: readable(program, x, variant), dy: bare(dz), dw, db });
    return [dx, dw, db];
  },
};

function convolve(program: Program, g: ConvGeometry, tensors: ConvTensors): Convolved {
  const tiles = tensors.pass === "forward" ? tileConvolutions : tileGradients;
  const variants = [...tiles(program.tuning, g), ...lanesConvolution(program.tuning, g), direct];
  const variant = program.choose<Convolution>(siteOf(tensors.pass, g), variants);
  return variant.record(program, g, { ...tensors, x: readable(program, tensors.x, variant) });
}

/** A batch normalisation left undone is done before a kernel that cannot. */
const readable = (program: Program, x: Tensor, { normalises }: { readonly normalises: boolean }): Tensor =>
  x.fused?.statistics && !normalises ? normalise(program, x, x.fused.statistics) : x;

function dataGradient(
  program: Program,
  g: ConvGeometry,
  dy: Tensor,
  { x, weights }: { readonly x: Tensor; readonly weights: Tensor },
): Tensor {
  const dx = program.tensor("dx", x.shape);
  if (g.strides[0] === 1 && g.strides[1] === 1) {
    const tensors: ConvTensors = { pass: "backward", x: bare(dy), weights, y: dx, relu: false, differentiated: x };
    return { ...dx, fused: convolve(program, turned(g), tensors) };
  } else {
    program.launch(dataGradientKernel, "backward", {
      constants: constantsOf(g),
      bindings: { dy: bare(dy), w: weights, dx },
      workgroups: gridOver(sizeOf(x.shape)),
      flops: flopsOf(g),
    });
  }
  return dx;
}
