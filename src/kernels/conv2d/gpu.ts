/** Which convolutions a GPU is offered: those of workgroup tiles, as the op wants them. */
import type { Tuning } from "../../gpu/tuning.ts";
import { bare } from "../../gpu/tensor.ts";
import { type Convolution, type ConvGeometry, turned } from "./geometry.ts";
import { tileGradientVariants, tileVariants } from "./tile.ts";
import type { WeightGradient } from "./weight-gradient.ts";
import { weightGradientTileVariants } from "./weight-gradient-tile.ts";

/** Adapters with workgroup memory of its own, for which the tiles were made. */
const hasWorkgroupMemory = ({ family }: Tuning): boolean => ["nvidia", "amd", "intel", "apple"].includes(family);

const hasStrideOne = ({ strides }: ConvGeometry): boolean => strides[0] === 1 && strides[1] === 1;

/** The forward pass in tiles, the one that should be fastest first. */
export function tileConvolutions(tuning: Tuning, g: ConvGeometry): readonly Convolution[] {
  if (!hasWorkgroupMemory(tuning) || !hasStrideOne(g)) return [];
  return tileVariants(g).map(({ name, parts, record }) => ({
    name,
    normalises: true,
    record(program, _g, { x, weights, bias, y, relu, wantsMoments }) {
      const moments = wantsMoments ? program.tensor("moments", [g.outChannels, parts, 4]) : undefined;
      record(program, { x: bare(x), weights, bias, y, relu, scaleShift: x.fused?.statistics, moments });
      return moments ? { moments } : {};
    },
  }));
}

/** The data gradient in tiles; `g` is that of the gradient's convolution. */
export function tileGradients(tuning: Tuning, g: ConvGeometry): readonly Convolution[] {
  if (!hasWorkgroupMemory(tuning) || !hasStrideOne(g)) return [];
  return tileGradientVariants(turned(g)).map(({ name, parts, record }) => ({
    name,
    normalises: false,
    record(program, _g, { x: dy, weights, y: dx, differentiated }) {
      const saved = differentiated?.fused?.statistics;
      const gradientSums = saved && program.tensor("gradientSums", [g.outChannels, parts, 2]);
      const sums =
        differentiated && saved && gradientSums ? { a: bare(differentiated), saved, gradientSums } : undefined;
      record(program, { dy, weights, dx, sums });
      return gradientSums ? { gradientSums } : {};
    },
  }));
}

/** The weight gradient in tiles. */
export function tileWeightGradients(tuning: Tuning, g: ConvGeometry): readonly WeightGradient[] {
  if (!hasWorkgroupMemory(tuning) || !hasStrideOne(g)) return [];
  return weightGradientTileVariants(g).map(({ name, record }) => ({
    name,
    normalises: true,
    record(program, _g, { x, dy, dw, db }) {
      record(program, { x: bare(x), dy, dw, db, scaleShift: x.fused?.statistics });
    },
  }));
}
