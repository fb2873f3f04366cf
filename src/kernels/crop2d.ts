import source from "../../shaders/crop2d.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type Pair, type Shape, showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("crop2d", source);

export interface Crop2dOptions {
  /** Height and width that are kept. */
  readonly size: Pair;
}

/** The middle of the planes of [N, C, H, W], as Keras's `CenterCrop`. @throws ShapeError if they are smaller than that. */
export const crop2d: Op<readonly [x: Tensor], readonly [], Crop2dOptions> = {
  name: "crop2d",

  forward(program, [x], { size }) {
    const { constants, outputShape } = geometryOf(x.shape, size);
    const y = program.tensor("y", outputShape);
    program.launch(kernel, "forward", {
      constants,
      bindings: { x, y },
      bytesRead: 4 * sizeOf(outputShape),
      workgroups: gridOver(sizeOf(outputShape)),
      flops: 0,
    });
    return { output: y, saved: [] };
  },

  backward(program, dy, { inputs: [x] }, { size }) {
    const dx = program.tensor("dx", x.shape);
    program.launch(kernel, "backward", {
      constants: geometryOf(x.shape, size).constants,
      bindings: { dy, dx },
      workgroups: gridOver(sizeOf(x.shape)),
      flops: 0,
    });
    return [dx];
  },
};

function geometryOf(shape: Shape, [outHeight, outWidth]: Pair) {
  const [batch = 0, channels = 0, inHeight = 0, inWidth = 0] = shape;
  if (shape.length !== 4) throw new ShapeError(`crop2d: expected an input [N, C, H, W], got ${showShape(shape)}`);
  if (outHeight > inHeight || outWidth > inWidth) {
    throw new ShapeError(
      `crop2d: expected a size no larger than the input's [${inHeight}, ${inWidth}], got [${outHeight}, ${outWidth}]`,
    );
  }
  const top = Math.floor((inHeight - outHeight) / 2);
  const left = Math.floor((inWidth - outWidth) / 2);
  return {
    outputShape: [batch, channels, outHeight, outWidth],
    constants: { planes: batch * channels, inHeight, inWidth, outHeight, outWidth, top, left },
  };
}
