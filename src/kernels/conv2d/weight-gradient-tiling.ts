/** How the weight gradient of a GPU convolution is cut into workgroups, by counting what the shader does. */
import { sizeOf } from "../../shape.ts";
import type { ConvGeometry } from "./geometry.ts";
import { processors, residentWorkgroups, workgroupBytes } from "./tiling.ts";

/** The tunable constants of conv2dWeightGradientTile.wgsl. */
export interface WeightGradientTiling {
  readonly workgroupSize: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly strip: number;
  readonly threadOutputs: number;
  readonly threadInputs: number;
  readonly outGroups: number;
  readonly inGroups: number;
}

/** Bytes of the partial sums at most, and what a large GPU moves of them in a cycle of its processors. */
const partialBytes = 10e6;
const bytesPerCycle = 2000;
/** Sums that an invocation keeps in registers. */
const mostSums = 72;
const workgroupSize = 128;
const groupCounts = [1, 2, 4, 8, 16];

export const resultsOf = (g: ConvGeometry): number => g.outChannels * g.channels * sizeOf(g.window) + g.outChannels;

const tilesOf = (g: ConvGeometry, t: WeightGradientTiling): number =>
  g.batch * Math.ceil(g.outputSize[0] / t.tileRows) * Math.ceil(g.outputSize[1] / t.tileColumns);

/** Blocks of output and of input channels. */
export const blocksOf = (g: ConvGeometry, t: WeightGradientTiling): readonly [outputs: number, inputs: number] => [
  Math.ceil(g.outChannels / (t.threadOutputs * t.outGroups)),
  Math.ceil(g.channels / (t.threadInputs * t.inGroups)),
];

/** Enough splits to keep a large GPU busy, as far as there are tiles and the partial sums stay small. */
export function splitsOf(g: ConvGeometry, t: WeightGradientTiling): number {
  const tiles = tilesOf(g, t);
  const enough = Math.ceil((processors * residentWorkgroups) / sizeOf(blocksOf(g, t)));
  const most = Math.max(1, Math.floor(partialBytes / (4 * resultsOf(g))));
  return Math.ceil(tiles / Math.ceil(tiles / Math.min(tiles, enough, most)));
}

/** Elements of a tile in a plane of x, halo included, and in a plane of dy. */
const areasOf = (g: ConvGeometry, t: WeightGradientTiling) => ({
  patchArea: (t.tileRows + g.window[0] - 1) * (t.tileColumns + g.window[1] - 1),
  dyArea: t.tileRows * t.tileColumns,
});

/** Planes that a workgroup loads at once, and the rounds that it takes. */
function planesOf(g: ConvGeometry, t: WeightGradientTiling) {
  const { patchArea, dyArea } = areasOf(g, t);
  const patchPlanes = Math.floor(t.workgroupSize / patchArea);
  const dyPlanes = Math.floor(t.workgroupSize / dyArea);
  const patchRounds = Math.ceil((t.threadInputs * t.inGroups) / patchPlanes);
  const dyRounds = Math.ceil((t.threadOutputs * t.outGroups) / dyPlanes);
  return { patchArea, dyArea, patchPlanes, dyPlanes, patchRounds, dyRounds };
}

/** Bytes of workgroup memory. */
export function weightGradientMemoryOf(g: ConvGeometry, t: WeightGradientTiling): number {
  const { patchArea, dyArea, patchPlanes, dyPlanes, patchRounds, dyRounds } = planesOf(g, t);
  const odd = (area: number) => area + ((area + 1) % 2);
  const patches = Math.max(patchRounds * patchPlanes * odd(patchArea), sizeOf(g.window) * (t.workgroupSize + 1));
  return 4 * (patches + dyRounds * dyPlanes * odd(dyArea));
}

/** Instructions that an invocation spends on a tile. */
export function weightGradientInstructionsOf(g: ConvGeometry, t: WeightGradientTiling) {
  const { dyArea, patchRounds, dyRounds } = planesOf(g, t);
  const pixelGroups = t.workgroupSize / (t.outGroups * t.inGroups);
  const strips = dyArea / t.strip / pixelGroups;
  const lines = g.window[0] * t.threadInputs * (t.strip + g.window[1] - 1);
  return {
    multiplyAdds: strips * t.strip * t.threadOutputs * t.threadInputs * sizeOf(g.window),
    loads: strips * (t.threadOutputs * t.strip + lines),
    staging: 20 + 5 * (patchRounds + dyRounds),
    bias: (2 * dyArea * t.threadOutputs * t.outGroups) / t.workgroupSize,
  };
}

/** Cycles of a large GPU, by count, as `costOf` of the forward pass has them. */
export function weightGradientCostOf(g: ConvGeometry, t: WeightGradientTiling): number {
  const { multiplyAdds, loads, staging, bias } = weightGradientInstructionsOf(g, t);
  const splits = splitsOf(g, t);
  const workgroups = splits * sizeOf(blocksOf(g, t));
  const pixelGroups = t.workgroupSize / (t.outGroups * t.inGroups);
  const sums = t.threadOutputs * t.threadInputs * sizeOf(g.window);
  const adding = sums + (sums * (10 + pixelGroups)) / pixelGroups;
  const each = Math.max(multiplyAdds + loads, 4 * loads) + staging + bias;
  const all = Math.ceil(tilesOf(g, t) / splits) * each + adding;
  const moved = (2 * 4 * splits * resultsOf(g)) / bytesPerCycle;
  return Math.max(Math.ceil(workgroups / processors), residentWorkgroups) * all + moved;
}

/**
 * The tilings that fit, the one that should be fastest first, no two with the same block of channels. None if the
 * stride is not 1 or the window is too large.
 */
export function weightGradientTilingsOf(g: ConvGeometry): WeightGradientTiling[] {
  if (g.strides.some((stride) => stride !== 1)) return [];
  const [threadOutputs, threadInputs] = threadOf(g);
  const found: WeightGradientTiling[] = [];
  for (const outGroups of groupCounts) {
    if (outGroups > 1 && (outGroups / 2) * threadOutputs >= g.outChannels) break;
    for (const inGroups of groupCounts) {
      if (outGroups * inGroups > workgroupSize || (inGroups > 1 && (inGroups / 2) * threadInputs >= g.channels)) break;
      const alike = tilesFor(g, { workgroupSize, threadOutputs, threadInputs, outGroups, inGroups });
      found.push(...byCost(g, alike).slice(0, 1));
    }
  }
  return byCost(g, found);
}

const byCost = (g: ConvGeometry, tilings: readonly WeightGradientTiling[]): WeightGradientTiling[] =>
  tilings
    .map((tiling) => ({ tiling, cost: weightGradientCostOf(g, tiling) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ tiling }) => tiling);

/** Channels of an invocation: as many as its registers hold. */
function threadOf(g: ConvGeometry): readonly [outputs: number, inputs: number] {
  const inputs = g.channels > 1 ? 2 : 1;
  const pairs = [
    [4, inputs],
    [4, 1],
    [2, 1],
  ] as const;
  return pairs.find(([out, into]) => out * into * sizeOf(g.window) <= mostSums) ?? [1, 1];
}

/** Every tile that a workgroup can load in whole planes, divide among its invocations and hold. */
function tilesFor(
  g: ConvGeometry,
  channels: Omit<WeightGradientTiling, "tileRows" | "tileColumns" | "strip">,
): WeightGradientTiling[] {
  if (sizeOf(g.window) > mostSums) return [];
  const found: WeightGradientTiling[] = [];
  for (const tileRows of [1, 2, 3, 4, 6, 8]) {
    for (let tileColumns = 2; tileColumns <= 32; tileColumns += 2) {
      const strip = tileColumns % 4 === 0 ? 4 : 2;
      const tilings = [strip, 2, 1].map((own) => ({ ...channels, tileRows, tileColumns, strip: own }));
      const tiling = tilings.find((each) => fits(g, each));
      if (tiling) found.push(tiling);
    }
  }
  return found;
}

function fits(g: ConvGeometry, t: WeightGradientTiling): boolean {
  const { patchArea, dyArea } = areasOf(g, t);
  if (patchArea > t.workgroupSize) return false;
  const pixelGroups = t.workgroupSize / (t.outGroups * t.inGroups);
  return (
    (dyArea / t.strip) % pixelGroups === 0 &&
    (dyArea * t.threadOutputs * t.outGroups) % t.workgroupSize === 0 &&
    weightGradientMemoryOf(g, t) <= workgroupBytes
  );
}
