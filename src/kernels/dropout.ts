import source from "../../shaders/dropout.wgsl?raw";
import randomSource from "../../shaders/random.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Key } from "../rng.ts";
import { sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("dropout", source, [randomSource, stepSource]);

export interface DropoutOptions {
  /** Share of the elements that become 0, in [0, 1). */
  readonly rate: number;
  /** The key of the layer's random stream. */
  readonly key: Key;
  /** The step's uniforms: another mask at every step. */
  readonly step: Tensor;
}

/** Dropout in training, any shape, as Keras's `Dropout`. @throws ShapeError if the rate is not in [0, 1). */
export const dropout: Op<readonly [x: Tensor], readonly [], DropoutOptions> = {
  name: "dropout",
  forward: (program, [x], options) => ({ output: masked(program, x, options, "y"), saved: [] }),
  backward: (program, dy, _context, options) => [masked(program, dy, options, "dx")],
};

function masked(program: Program, x: Tensor, { rate, key, step }: DropoutOptions, name: string): Tensor {
  requireRate("dropout", rate);
  const size = sizeOf(x.shape);
  const y = program.tensor(name, x.shape);
  program.launch(kernel, "mask", {
    constants: { size, rate, keyLow: key[0], keyHigh: key[1] },
    bindings: { step, x, y },
    workgroups: gridOver(Math.ceil(size / 2)),
    flops: size,
  });
  return y;
}

/** @throws ShapeError in the name of an op if the rate is not in [0, 1). */
export function requireRate(op: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new ShapeError(`${op}: expected a rate in [0, 1), got ${rate}`);
}
