import source from "../../shaders/add.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { sameShape, showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("add", source);

/** Records `a + b`, element by element. @throws ShapeError if their shapes differ. */
export function add(program: Program, a: Tensor, b: Tensor): Tensor {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(`add: expected two tensors of one shape, got ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  const size = sizeOf(a.shape);
  const y = program.tensor("sum", a.shape);
  program.launch(kernel, "forward", {
    constants: { size },
    bindings: { a, b, y },
    workgroups: gridOver(size),
    flops: size,
  });
  return y;
}

/** The sum of two tensors of one shape, as Keras's `Add`: both inputs receive the whole gradient. */
export const addition: Op<readonly [a: Tensor, b: Tensor], readonly [], object> = {
  name: "add",
  forward: (program, [a, b]) => ({ output: add(program, a, b), saved: [] }),
  backward: (_program, dy) => [dy, dy],
};
