import source from "../../shaders/relu.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("relu", source);

export interface LeakyReluOptions {
  /** Slope for negative inputs, >= 0; Keras's `LeakyReLU` has 0.3 in version 2 and 3. */
  readonly slope: number;
}

/** max(x, 0) for slope 0, else x or slope * x; any shape. @throws ShapeError if the slope is negative. */
export const leakyRelu: Op<readonly [x: Tensor], readonly [], LeakyReluOptions> = {
  name: "leakyRelu",

  forward(program, [x], { slope }) {
    if (!(slope >= 0)) throw new ShapeError(`leakyRelu: expected a slope >= 0, got ${slope}`);
    const size = sizeOf(x.shape);
    const y = program.tensor("y", x.shape);
    program.launch(kernel, "forward", {
      constants: { size, slope },
      bindings: { x, y },
      workgroups: gridOver(size),
      flops: size,
    });
    return { output: y, saved: [] };
  },

  backward: (program, dy, { inputs: [x] }, { slope }) => [reluGradient(program, x, dy, slope)],
};

/** max(x, 0), any shape. */
export const relu: Op<readonly [x: Tensor], readonly [], object> = {
  name: "relu",
  forward: (program, inputs) => leakyRelu.forward(program, inputs, { slope: 0 }),
  backward: (program, dy, { inputs: [x] }) => [reluGradient(program, x, dy)],
};

/** Records dy where `signed` > 0, slope * dy elsewhere; `signed` is the rectifier's input or its output. */
export function reluGradient(program: Program, signed: Tensor, dy: Tensor, slope = 0): Tensor {
  const size = sizeOf(dy.shape);
  const dx = program.tensor("dx", dy.shape);
  program.launch(kernel, "backward", {
    constants: { size, slope },
    bindings: { x: signed, dy, dx },
    workgroups: gridOver(size),
    flops: size,
  });
  return dx;
}
