import source from "../../shaders/maxPool2d.wgsl?raw";
import normalisedSource from "../../shaders/maxPool2dNormalised.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import { bare, type Tensor } from "../gpu/tensor.ts";
import { type Padding, type Pair, sameShape, type Shape, sizeOf, window2d } from "../shape.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("maxPool2d", source);
const normalisedKernel = defineKernel("maxPool2dNormalised", normalisedSource);

export interface PoolOptions {
  readonly window: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  /** Where the input's scaling and shifting were left undone: leave them undone. */
  readonly defer?: boolean;
}

/** Max pooling over the planes of [N, C, H, W], as Keras's `MaxPooling2D`; "valid" drops what fills no window. */
export const maxPool2d: Op<readonly [x: Tensor], readonly [arg: Tensor], PoolOptions> = {
  name: "maxPool2d",

  forward(program, [x], options) {
    const { outputShape, constants } = geometryOf(x.shape, options);
    if (x.fused?.statistics) return poolNormalised(program, x, x.fused.statistics, outputShape, options);
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
    // The normalisation's own kernel finds the winners' gradients.
    if (x.fused?.statistics && dy.fused?.pool) {
      throw new ShapeError("maxPool2d: expected a gradient of its own output, got one that another pool left undone");
    }
    if (x.fused?.statistics)
      return [{ ...dy, shape: x.shape, fused: { ...dy.fused, pool: { arg, window: options.window } } }];
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

/** Whether windows lie side by side and inside the image, as a pool of a normalisation left undone needs. */
export const poolsSideBySide = ({ window, strides, padding }: PoolOptions): boolean =>
  sameShape(window, strides) && padding === "valid";

function poolNormalised(
  program: Program,
  x: Tensor,
  statistics: Tensor,
  outputShape: Shape,
  options: PoolOptions,
): { output: Tensor; saved: readonly [arg: Tensor] } {
  if (!poolsSideBySide(options)) {
    throw new ShapeError("maxPool2d: expected windows side by side over a normalisation left undone, got others");
  }
  const { constants } = geometryOf(x.shape, options);
  const { planes, inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth } = constants;
  const best = program.tensor("y", outputShape);
  const arg = program.tensor("arg", outputShape, "u32");
  const inPairs = windowWidth === 2 && inWidth % 2 === 0;
  program.launch(normalisedKernel, inPairs ? "forwardPairs" : "forward", {
    constants: {
      ...{ planes, channels: x.shape[1] ?? 0, inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth },
      applied: !options.defer,
    },
    bindings: { ...(inPairs ? { aPairs: bare(x) } : { a: bare(x) }), statistics, best, arg },
    workgroups: gridOver(planes, 1),
    flops: 2 * sizeOf(outputShape) * sizeOf(options.window),
  });
  return { output: options.defer ? { ...best, fused: { statistics } } : best, saved: [arg] };
}

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
