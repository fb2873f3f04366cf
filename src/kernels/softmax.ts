import source from "../../shaders/softmax.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("softmax", source);

/** Shares of 1 along the last axis, as Keras's `Softmax`: x [N, K] to [N, K]. @throws ShapeError for another rank. */
export const softmax: Op<readonly [x: Tensor], readonly [], object> = {
  name: "softmax",

  forward(program, [x]) {
    const { rows, width } = geometryOf(x.shape);
    const y = program.tensor("y", x.shape);
    program.launch(kernel, "forward", {
      constants: { rows, width },
      bindings: { x, y },
      workgroups: gridOver(rows),
      flops: 5 * sizeOf(x.shape),
    });
    return { output: y, saved: [] };
  },

  backward(program, dy, { output }) {
    const { rows, width } = geometryOf(output.shape);
    const dx = program.tensor("dx", output.shape);
    program.launch(kernel, "backward", {
      constants: { rows, width },
      bindings: { shares: output, dy, dx },
      workgroups: gridOver(rows),
      flops: 4 * sizeOf(output.shape),
    });
    return [dx];
  },
};

function geometryOf(shape: Shape): { readonly rows: number; readonly width: number } {
  const [rows = 0, width = 0] = shape;
  if (shape.length !== 2) throw new ShapeError(`softmax: expected an input [N, K], got ${showShape(shape)}`);
  return { rows, width };
}
