/** The weight gradient for software adapters: a lane an output channel. shaders/conv2dWeightGradientLanes.wgsl. */
import source from "../../../shaders/conv2dWeightGradientLanes.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { bare } from "../../gpu/tensor.ts";
import type { Family, Tuning } from "../../gpu/tuning.ts";
import { sizeOf } from "../../shape.ts";
import { unscaled } from "../batchNorm/statistics.ts";
import { type ConvGeometry, dimensionsOf, flopsOf, windowOf } from "./geometry.ts";
import { lanesTile, splitsOf, suitsLanes, workgroupSizeOf } from "./lanes.ts";
import type { WeightGradient } from "./weight-gradient.ts";

const kernel = defineKernel("conv2dWeightGradientLanes", source);

/** Subgroups that keep every core of a processor busy to the end. */
const enoughSubgroups = 64;

/** Channels that an invocation computes: each number that is loaded is used so often, times the window's positions. */
interface Cut {
  /** Output channels, `lanes` apart. */
  readonly sheets: number;
  /** Input channels of a block. */
  readonly block: number;
}

/** For one input channel the smallest body to compile: larger ones run as long. */
const ofOneChannel: readonly Cut[] = [{ sheets: 1, block: 1 }];

/** SwiftShader, for which exchanging numbers between lanes is dear, gains from using them for more output channels. */
const cuts: Readonly<Partial<Record<Family, readonly Cut[]>>> = {
  swiftshader: [
    { sheets: 4, block: 2 },
    { sheets: 2, block: 2 },
    { sheets: 1, block: 4 },
  ],
  lavapipe: [{ sheets: 1, block: 4 }],
};

/** Where a subgroup has a known size. */
export function lanesWeightGradient(tuning: Tuning, g: ConvGeometry): readonly WeightGradient[] {
  if (!suitsLanes(tuning, g)) return [];
  const lanes = tuning.subgroupSize;
  const groups = Math.ceil(g.outChannels / lanes);
  const wanted = g.channels === 1 ? ofOneChannel : (cuts[tuning.family] ?? []);
  const fitting = wanted.filter(({ sheets }) => groups % sheets === 0);
  return fitting.map((cut) => variant(lanes, cut));
}

const variant = (lanes: number, { sheets, block }: Cut): WeightGradient => ({
  name: `lanes of ${sheets} x ${block}`,
  normalises: true,
  record(program, g, { x, dy, dw, db }) {
    const [, tileWidth] = lanesTile(g);
    const blockChannels = Math.min(block, g.channels);
    const groups = Math.ceil(g.outChannels / (lanes * sheets));
    const blocks = Math.ceil(g.channels / blockChannels);
    const strips = g.batch * Math.ceil(g.outputSize[1] / tileWidth);
    const splits = splitsOf(strips, enoughSubgroups / (groups * blocks));
    const statistics = x.fused?.statistics ?? unscaled;
    const stride = sizeOf(dw.shape) + sizeOf(db.shape);
    const partials = program.tensor("partials", [splits, stride]);
    program.launch(kernel, "partial", {
      constants: {
        ...dimensionsOf(g),
        ...{ splits, ...windowOf(g), lanes, sheets, blockChannels },
        ...{ tileWidth, workgroupSize: workgroupSizeOf(lanes), scaledChannels: statistics.shape[0] ?? 0 },
      },
      bindings: { x: bare(x), dy, partials, statistics },
      workgroups: [(splits * lanes) / workgroupSizeOf(lanes), groups, blocks],
      flops: flopsOf(g),
    });
    program.sum({ partials, parts: splits, stride, outputs: [dw, db] });
  },
});
