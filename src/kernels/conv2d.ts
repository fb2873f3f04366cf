import dataGradientSource from "../../shaders/conv2dDataGradient.wgsl?raw";
import source from "../../shaders/conv2d.wgsl?raw";
import weightGradientSource from "../../shaders/conv2dWeightGradient.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import { bindingAlignment, type Tensor } from "../gpu/tensor.ts";
import { type Padding, type Pair, showShape, sizeOf, type Window2d, window2d } from "../shape.ts";
import type { Op } from "./op.ts";
import { reluGradient } from "./relu.ts";

export interface Conv2dOptions {
  readonly strides: Pair;
  readonly padding: Padding;
  /** Applies max(., 0) to the result, in the same launch. */
  readonly relu: boolean;
}

interface ConvGeometry extends Window2d {
  readonly outChannels: number;
}

const kernel = defineKernel("conv2d", source);
const weightGradientKernel = defineKernel("conv2dWeightGradient", weightGradientSource);
const dataGradientKernel = defineKernel("conv2dDataGradient", dataGradientSource);

/** Bytes that a uniform binding may have: WebGPU's default `maxUniformBufferBindingSize`. */
const uniformBytes = 65536;
/** More launches than this for one layer cost more than reading its weights from storage. */
const mostSlices = 4;
/** Invocations of the weight gradient that keep a large GPU busy. */
const enoughInvocations = 32768;

/**
 * 2-D convolution (cross-correlation) over planar images, as Keras's `Conv2D`.
 * x [N, Cin, H, W], weights [Cout, Cin, kH, kW], bias [Cout] give [N, Cout, OH, OW].
 */
export const conv2d: Op<readonly [x: Tensor, weights: Tensor, bias: Tensor], readonly [], Conv2dOptions> = {
  name: "conv2d",

  forward(program, [x, weights, bias], options) {
    const geometry = convGeometry(x, weights, bias, options);
    const y = program.tensor("y", [geometry.batch, geometry.outChannels, ...geometry.outputSize]);
    const packed = program.permuted("weights.packed", weights, packedTable(geometry, "forward"));
    convolve(program, geometry, { x, packed, bias, y }, { relu: options.relu, useBias: true });
    return { output: y, saved: [] };
  },

  backward(program, dy, { inputs: [x, weights, bias], output, needs }, options) {
    const geometry = convGeometry(x, weights, bias, options);
    const dz = options.relu ? reluGradient(program, output, dy) : dy;
    const dx = needs[0] ? dataGradient(program, geometry, dz, { x, weights, bias }) : null;
    return [dx, ...weightGradient(program, geometry, dz, x, weights, bias)];
  },
};

function convGeometry(x: Tensor, weights: Tensor, bias: Tensor, options: Conv2dOptions): ConvGeometry {
  const [outChannels = 0, inChannels = 0, height = 0, width = 0] = weights.shape;
  if (weights.shape.length !== 4) {
    throw new ShapeError(`conv2d: expected weights [Cout, Cin, kH, kW], got ${showShape(weights.shape)}`);
  }
  if (x.shape.length === 4 && x.shape[1] !== inChannels) {
    throw new ShapeError(
      `conv2d: expected weights for the ${x.shape[1]} channels of input ${showShape(x.shape)}, ` +
        `got ${showShape(weights.shape)}`,
    );
  }
  if (sizeOf(bias.shape) !== outChannels) {
    throw new ShapeError(`conv2d: expected a bias [${outChannels}], got ${showShape(bias.shape)}`);
  }
  return { ...window2d("conv2d", x.shape, [height, width], options.strides, options.padding), outChannels };
}

/** The constants that all three shaders share. */
const constantsOf = (g: ConvGeometry) => ({
  batch: g.batch,
  inChannels: g.channels,
  outChannels: g.outChannels,
  inHeight: g.inputSize[0],
  inWidth: g.inputSize[1],
  outHeight: g.outputSize[0],
  outWidth: g.outputSize[1],
  windowHeight: g.window[0],
  windowWidth: g.window[1],
  strideHeight: g.strides[0],
  strideWidth: g.strides[1],
  padTop: g.padBefore[0],
  padLeft: g.padBefore[1],
});

/** Multiply-adds of a pass, counted as two operations. The same for all three passes. */
const flopsOf = (g: ConvGeometry): number =>
  2 * g.batch * g.outChannels * sizeOf(g.outputSize) * g.channels * sizeOf(g.window);

/**
 * Positions that one invocation computes: more of them reuse each loaded number more often, but the unrolled body grows
 * with it, and a software adapter compiles for seconds beyond some 100 vec4 multiply-adds.
 */
function tileOf(g: ConvGeometry, wanted: Pair): Pair {
  const [height, width] = sizeOf(g.window) <= 12 ? wanted : [1, 1];
  return [Math.min(height, g.outputSize[0]), Math.min(width, g.outputSize[1])];
}

/**
 * Where each weight of [ceil(Cout/4), Cin, kH, kW, 4] stands in [Cout, Cin, kH, kW]. For the backward pass the channels
 * change places and the window is turned by 180 degrees.
 */
function packedTable(g: ConvGeometry, pass: "forward" | "backward"): Uint32Array {
  const taps = sizeOf(g.window);
  const [outputs, inputs] = pass === "forward" ? [g.outChannels, g.channels] : [g.channels, g.outChannels];
  const blocks = Math.ceil(outputs / 4);
  return Uint32Array.from({ length: blocks * inputs * taps * 4 }, (_, i) => {
    const output = Math.floor(i / (4 * taps * inputs)) * 4 + (i % 4);
    const input = Math.floor(i / (4 * taps)) % inputs;
    const tap = Math.floor(i / 4) % taps;
    if (output >= outputs) return 0xffffffff;
    return pass === "forward"
      ? (output * inputs + input) * taps + tap
      : (input * outputs + output) * taps + (taps - 1 - tap);
  });
}

function convolve(
  program: Program,
  g: ConvGeometry,
  { x, packed, bias, y }: { x: Tensor; packed: Tensor; bias: Tensor; y: Tensor },
  epilogue: { relu: boolean; useBias: boolean },
): void {
  const [tileHeight, tileWidth] = tileOf(g, [2, 4]);
  const workgroupSize = 32;
  const tiles = g.batch * Math.ceil(g.outputSize[0] / tileHeight) * Math.ceil(g.outputSize[1] / tileWidth);
  const blocks = Math.ceil(g.outChannels / 4);
  const blockBytes = g.channels * sizeOf(g.window) * 16;
  const blocksPerSlice = sliceOf(blocks, blockBytes);
  for (let firstBlock = 0; firstBlock < blocks; firstBlock += blocksPerSlice) {
    const own = Math.min(blocksPerSlice, blocks - firstBlock);
    const weights = { ...packed, shape: [(own * blockBytes) / 4], offset: firstBlock * blockBytes };
    program.launch(kernel, "forward", {
      constants: {
        ...constantsOf(g),
        ...epilogue,
        ...{ tileHeight, tileWidth, workgroupSize, firstBlock, blocks: own },
      },
      bindings: { x, weights, bias, y },
      workgroups: [Math.ceil(tiles / workgroupSize), own, 1],
      flops: (flopsOf(g) * own) / blocks,
      bytesWritten: (sizeOf(y.shape) * 4 * own) / blocks,
      ...(own * blockBytes > uniformBytes && { inStorage: ["weights"] }),
    });
  }
}

/** Blocks of one launch: as many as a uniform binding holds, or all of them where that would take too many launches. */
function sliceOf(blocks: number, blockBytes: number): number {
  const aligned = bindingAlignment / greatestCommonDivisor(bindingAlignment, blockBytes);
  const most = Math.floor(uniformBytes / blockBytes);
  if (blocks <= most) return blocks;
  const even = Math.ceil(blocks / Math.ceil(blocks / most) / aligned) * aligned;
  return even <= most && Math.ceil(blocks / even) <= mostSlices ? even : blocks;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

function dataGradient(
  program: Program,
  g: ConvGeometry,
  dy: Tensor,
  { x, weights, bias }: { x: Tensor; weights: Tensor; bias: Tensor },
): Tensor {
  const dx = program.tensor("dx", x.shape);
  if (g.strides[0] === 1 && g.strides[1] === 1) {
    const packed = program.permuted("weights.turned", weights, packedTable(g, "backward"));
    const turned: ConvGeometry = {
      ...g,
      channels: g.outChannels,
      outChannels: g.channels,
      inputSize: g.outputSize,
      outputSize: g.inputSize,
      padBefore: [g.window[0] - 1 - g.padBefore[0], g.window[1] - 1 - g.padBefore[1]],
    };
    convolve(program, turned, { x: dy, packed, bias, y: dx }, { relu: false, useBias: false });
  } else {
    program.launch(dataGradientKernel, "backward", {
      constants: constantsOf(g),
      bindings: { dy, w: weights, dx },
      workgroups: gridOver(sizeOf(x.shape)),
      flops: flopsOf(g),
    });
  }
  return dx;
}

function weightGradient(
  program: Program,
  g: ConvGeometry,
  dy: Tensor,
  x: Tensor,
  weights: Tensor,
  bias: Tensor,
): [dw: Tensor, db: Tensor] {
  const [tileHeight, tileWidth] = tileOf(g, [2, 2]);
  const taps = sizeOf(g.window);
  const blocks = Math.ceil(g.outChannels / 4);
  const tiles = g.batch * Math.ceil(g.outputSize[0] / tileHeight) * Math.ceil(g.outputSize[1] / tileWidth);
  const workgroupSize = 32;
  const enough = Math.ceil(enoughInvocations / (blocks * g.channels));
  const splits = Math.ceil(Math.min(enough, tiles) / workgroupSize) * workgroupSize;
  const constants = { ...constantsOf(g), tileHeight, tileWidth, workgroupSize, splits };
  const partials = program.tensor("partials", [blocks, g.channels, taps + 1, splits, 4]);
  program.launch(weightGradientKernel, "partial", {
    constants,
    bindings: { x, dy, partials },
    workgroups: [splits / workgroupSize, blocks, g.channels],
    flops: flopsOf(g),
  });
  const dw = program.tensor("dw", weights.shape);
  const db = program.tensor("db", bias.shape);
  program.launch(weightGradientKernel, "reduce", {
    constants,
    bindings: { splitSums: partials, dw, db },
    workgroups: gridOver(sizeOf(weights.shape) + g.outChannels),
    flops: sizeOf(partials.shape),
  });
  return [dw, db];
}
