/** The convolution that runs everywhere: no workgroup memory, weights in uniform buffers. shaders/conv2d.wgsl. */
import source from "../../../shaders/conv2d.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import type { Program } from "../../gpu/program.ts";
import { bindingAlignment } from "../../gpu/tensor.ts";
import { type Pair, sizeOf } from "../../shape.ts";
import {
  type Convolution,
  type Convolved,
  constantsOf,
  type ConvGeometry,
  type ConvTensors,
  flopsOf,
  missing,
  type Pass,
  weightIndex,
} from "./geometry.ts";

const kernel = defineKernel("conv2d", source);

/** Bytes that a uniform binding may have: WebGPU's default `maxUniformBufferBindingSize`. */
const uniformBytes = 65536;
/** More launches than this for one layer cost more than reading its weights from storage. */
const mostSlices = 4;
/** Reads weights in slices of uniform buffers, tiles of 2 x 4 positions. */
export const direct: Convolution = { name: "direct", normalises: false, record };

/**
 * Positions that one invocation computes: more of them reuse each loaded number more often, but the unrolled body grows
 * with it, and a software adapter compiles for seconds beyond some 100 vec4 multiply-adds.
 */
export function tileOf(g: ConvGeometry, wanted: Pair): Pair {
  const [height, width] = sizeOf(g.window) <= 12 ? wanted : [1, 1];
  return [Math.min(height, g.outputSize[0]), Math.min(width, g.outputSize[1])];
}

/** Where each weight of [ceil(Cout/4), Cin, kH, kW, 4] stands in the stored weights. */
function packedTable(g: ConvGeometry, pass: Pass): Uint32Array {
  const taps = sizeOf(g.window);
  return Uint32Array.from({ length: Math.ceil(g.outChannels / 4) * g.channels * taps * 4 }, (_, i) => {
    const output = Math.floor(i / (4 * taps * g.channels)) * 4 + (i % 4);
    if (output >= g.outChannels) return missing;
    return weightIndex(g, pass, output, Math.floor(i / (4 * taps)) % g.channels, Math.floor(i / 4) % taps);
  });
}

function record(program: Program, g: ConvGeometry, tensors: ConvTensors): Convolved {
  const { pass, x, weights: stored, bias, y, relu } = tensors;
  const packed = program.permuted(`weights.${pass}`, stored, packedTable(g, pass));
  const epilogue = { relu, useBias: bias !== undefined };
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
      bindings: { x, weights, bias: bias ?? x, y },
      workgroups: [Math.ceil(tiles / workgroupSize), own, 1],
      flops: (flopsOf(g) * own) / blocks,
      bytesWritten: (sizeOf(y.shape) * 4 * own) / blocks,
      ...(own * blockBytes > uniformBytes && { inStorage: ["weights"] }),
    });
  }
  return {};
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
