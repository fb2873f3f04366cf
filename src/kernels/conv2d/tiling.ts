/**
 * How a GPU convolution is cut into workgroups. What is counted here is of the shader: floating-point instructions,
 * loads from workgroup memory, workgroups. Which of several cuts is the fastest an adapter tells by measuring.
 */
import { sizeOf } from "../../shape.ts";
import type { ConvGeometry } from "./geometry.ts";

/** The tunable constants of conv2dTile.wgsl. */
export interface Tiling {
  readonly workgroupSize: number;
  readonly lanesAcross: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly channelQuads: number;
  readonly channelGroups: number;
  readonly chunk: number;
}

/** Bytes of workgroup memory that every adapter has: WebGPU's default `maxComputeWorkgroupStorageSize`. */
export const workgroupBytes = 16384;
/** vec4 multiply-adds of an unrolled body: more of them take long to compile. */
const longestBody = 200;
/** Processors of a large GPU (an H200 has 132), and workgroups that each needs at hand to hide the waiting for memory. */
export const processors = 132;
export const residentWorkgroups = 4;
const banks = 32;

const workgroupSize = 128;

/** Positions of a workgroup: rows and columns of the output. */
export const blockOf = (t: Tiling): readonly [rows: number, columns: number] => [
  (t.workgroupSize / t.channelGroups / t.lanesAcross) * t.tileHeight,
  t.lanesAcross * t.tileWidth,
];

/** Workgroups along positions: as many as there are parts of a sum over positions. */
export function partsOf(g: ConvGeometry, tiling: Tiling): number {
  const [rows, columns] = blockOf(tiling);
  return g.batch * Math.ceil(g.outputSize[0] / rows) * Math.ceil(g.outputSize[1] / columns);
}

export const blockChannelsOf = (t: Tiling): number => 4 * t.channelQuads * t.channelGroups;

/** Rounds in which a workgroup loads a channel's patch, and a chunk's weights. */
function roundsOf(g: ConvGeometry, t: Tiling): { patch: number; weights: number } {
  const [rows, columns] = blockOf(t);
  const area = (rows + g.window[0] - 1) * (columns + g.window[1] - 1);
  const weights = t.chunk * sizeOf(g.window) * t.channelQuads * t.channelGroups;
  return { patch: Math.ceil(area / t.workgroupSize), weights: Math.ceil(weights / t.workgroupSize) };
}

/** Bytes of workgroup memory, sums over positions included. */
export function memoryOf(g: ConvGeometry, t: Tiling): number {
  const { patch, weights } = roundsOf(g, t);
  const patches = Math.max(t.chunk * patch * t.workgroupSize, 4 * t.channelQuads * (t.workgroupSize + 1));
  return 4 * patches + 16 * weights * t.workgroupSize + 4 * (t.workgroupSize + blockChannelsOf(t));
}

/** Instructions that an invocation spends on one input channel. */
export function instructionsOf(g: ConvGeometry, t: Tiling) {
  const positions = t.tileHeight * t.tileWidth;
  const columns = g.window[1] * (t.tileHeight + g.window[0] - 1) * t.tileWidth;
  const weightLoads = sizeOf(g.window) * t.channelQuads;
  const rounds = roundsOf(g, t);
  return {
    multiplyAdds: sizeOf(g.window) * positions * 4 * t.channelQuads,
    loads: columns + weightLoads,
    /** Loads as the memory's banks serve them, one a cycle for a whole processor. */
    wavefronts: columns * conflictsOf(g, t) + weightLoads,
    /** A load, a selection, a store and their addresses. */
    staging: 6 * rounds.patch + (5 * rounds.weights) / t.chunk,
  };
}

/** Different words of one bank that the first 32 invocations ask for at once. */
function conflictsOf(g: ConvGeometry, t: Tiling): number {
  const patchWidth = blockOf(t)[1] + g.window[1] - 1;
  const words = new Set<number>();
  for (let lane = 0; lane < banks; lane++) {
    const position = lane % (t.workgroupSize / t.channelGroups);
    words.add(Math.floor(position / t.lanesAcross) * t.tileHeight * patchWidth + (position % t.lanesAcross));
  }
  const counts = new Array<number>(banks).fill(0);
  for (const word of words) counts[word % banks] = counts[word % banks]! + 1;
  return Math.max(...counts);
}

/**
 * Cycles of a large GPU's processor, four invocations' instructions a cycle and 32 in step, by count: a guess to order
 * tilings by before anything is measured.
 */
export function costOf(g: ConvGeometry, t: Tiling): number {
  const { multiplyAdds, loads, wavefronts, staging } = instructionsOf(g, t);
  const workgroups = partsOf(g, t) * Math.ceil(g.outChannels / blockChannelsOf(t));
  const channels = Math.ceil(g.channels / t.chunk) * t.chunk;
  const stores = 12 * t.tileHeight * t.tileWidth * t.channelQuads;
  const each = channels * (Math.max(multiplyAdds + loads, 4 * wavefronts) + staging) + stores;
  return Math.max(Math.ceil(workgroups / processors), residentWorkgroups) * each;
}

/**
 * The tilings that fit a convolution, the one that should be fastest first, no two with the same tile and block. None
 * if the stride is not 1 or the window is too large.
 */
export function tilingsOf(g: ConvGeometry): Tiling[] {
  if (g.strides.some((stride) => stride !== 1)) return [];
  const found: Tiling[] = [];
  for (const channelGroups of [1, 2, 4, 8]) {
    if (channelGroups > 1 && (channelGroups / 2) * 8 >= g.outChannels) break;
    for (const tileHeight of [8, 4, 2, 1]) {
      const alike = [32, 16, 8, 64].flatMap((lanesAcross) => {
        const shape = { workgroupSize, lanesAcross, tileHeight, tileWidth: 1, channelQuads: 2, channelGroups };
        return fitted(g, shape) ?? [];
      });
      found.push(...byCost(g, alike).slice(0, 1));
    }
  }
  return byCost(g, found);
}

/** Of equal cost, the earlier stays the earlier. */
const byCost = (g: ConvGeometry, tilings: readonly Tiling[]): Tiling[] =>
  [...tilings].sort((a, b) => costOf(g, a) - costOf(g, b));

/** With as many input channels at a time as fit into workgroup memory, four at most. */
function fitted(g: ConvGeometry, shape: Omit<Tiling, "chunk">): Tiling | undefined {
  const body = sizeOf(g.window) * shape.tileHeight * shape.tileWidth * shape.channelQuads;
  if (body > longestBody || shape.lanesAcross > shape.workgroupSize / shape.channelGroups) return undefined;
  return [4, 2, 1]
    .filter((chunk) => chunk === 1 || chunk <= g.channels)
    .map((chunk) => ({ ...shape, chunk }))
    .find((tiling) => memoryOf(g, tiling) <= workgroupBytes);
}
