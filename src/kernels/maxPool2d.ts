import source from "../../shaders/maxPool2d.wgsl?raw";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type Padding, type Pair, type Shape, sizeOf, window2d } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("maxPool2d", source);

export interface PoolOptions {
  readonly window: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/** Max pooling over the planes of [N, C, H, W], as Keras's `MaxPooling2D`; "valid" drops what fills no window. */
export const maxPool2d: Op<readonly [x: Tensor], readonly [arg: Tensor], PoolOptions> = {
  name: "maxPool2d",

  forward(program, [x], options) {
    const { outputShape, constants } = geometryOf(x.shape, options);
    const y = program.tensor("y", outputShape);
    const arg = program.tensor("arg", outputShape, "u32");
    program.launch(kernel, "forward", {
      constants,
      bindings: { x, y, arg },
      workgroups: gridOver(sizeOf(outputShape)),
      flops: sizeOf(outputShape) * sizeOf(options.window),
    });
    return { output: y, saved: [arg] };
  },

  backward(program, dy, { inputs: [x], saved: [arg] }, options) {
    const dx = program.tensor("dx", x.shape);
    program.launch(kernel, "backward", {
      constants: geometryOf(x.shape, options).constants,
      bindings: { dy, winner: arg, dx },
      workgroups: gridOver(sizeOf(x.shape)),
      flops: sizeOf(x.shape),
    });
    return [dx];
  },
};

function geometryOf(shape: Shape, { window, strides, padding }: PoolOptions) {
  const g = window2d("maxPool2d", shape, window, strides, padding);
  return {
    outputShape: [g.batch, g.channels, ...g.outputSize],
    constants: {
      planes: g.batch * g.channels,
      inHeight: g.inputSize[0],
      inWidth: g.inputSize[1],
      outHeight: g.outputSize[0],
      outWidth: g.outputSize[1],
      windowHeight: window[0],
      windowWidth: window[1],
      strideHeight: strides[0],
      strideWidth: strides[1],
      padTop: g.padBefore[0],
      padLeft: g.padBefore[1],
    },
  };
}
