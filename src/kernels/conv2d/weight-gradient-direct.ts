/** The weight gradient that runs everywhere. shaders/conv2dWeightGradient.wgsl. */
import source from "../../../shaders/conv2dWeightGradient.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import { sizeOf } from "../../shape.ts";
import { tileOf } from "./direct.ts";
import { constantsOf, flopsOf } from "./geometry.ts";
import type { WeightGradient } from "./weight-gradient.ts";

const kernel = defineKernel("conv2dWeightGradient", source);

/** Invocations of the weight gradient that keep a large GPU busy. */
const enoughInvocations = 32768;

/** Each invocation walks over tiles of positions for four output channels and one input channel. */
export const directWeightGradient: WeightGradient = {
  name: "direct",
  normalises: false,
  record(program, g, { x, dy, dw, db }) {
    const [tileHeight, tileWidth] = tileOf(g, [2, 2]);
    const taps = sizeOf(g.window);
    const blocks = Math.ceil(g.outChannels / 4);
    const tiles = g.batch * Math.ceil(g.outputSize[0] / tileHeight) * Math.ceil(g.outputSize[1] / tileWidth);
    const workgroupSize = 32;
    const enough = Math.ceil(enoughInvocations / (blocks * g.channels));
    const splits = Math.ceil(Math.min(enough, tiles) / workgroupSize) * workgroupSize;
    const constants = { ...constantsOf(g), tileHeight, tileWidth, workgroupSize, splits };
    const partials = program.tensor("partials", [blocks, g.channels, taps + 1, splits, 4]);
    program.launch(kernel, "partial", {
      constants,
      bindings: { x, dy, partials },
      workgroups: [splits / workgroupSize, blocks, g.channels],
      flops: flopsOf(g),
    });
    program.launch(kernel, "reduce", {
      constants,
      bindings: { splitSums: partials, dw, db },
      workgroups: gridOver(sizeOf(dw.shape) + g.outChannels),
      flops: sizeOf(partials.shape),
    });
  },
};
