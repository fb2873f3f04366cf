/** What the shaders of a convolution share: shapes, counts, and the order of packed weights. */
import { ShapeError } from "../../errors.ts";
import type { Program } from "../../gpu/program.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { type Padding, type Pair, showShape, sizeOf, type Window2d, window2d } from "../../shape.ts";

export interface Conv2dOptions {
  readonly strides: Pair;
  readonly padding: Padding;
  /** Applies max(., 0) to the result, in the same launch. */
  readonly relu: boolean;
  /** The batch normalisation that follows takes the ReLU's gradient, and the moments of the output if they are made. */
  readonly feedsBatchNorm?: boolean;
}

export interface ConvGeometry extends Window2d {
  readonly outChannels: number;
}

/** @throws ShapeError if input, weights and bias do not fit together. */
export function convGeometry(x: Tensor, weights: Tensor, bias: Tensor, options: Conv2dOptions): ConvGeometry {
  const [outChannels = 0, inChannels = 0, height = 0, width = 0] = weights.shape;
  if (weights.shape.length !== 4) {
    throw new ShapeError(`conv2d: expected weights [Cout, Cin, kH, kW], got ${showShape(weights.shape)}`);
  }
  if (x.shape.length === 4 && x.shape[1] !== inChannels) {
    throw new ShapeError(
      `conv2d: expected weights for the ${x.shape[1]} channels of input ${showShape(x.shape)}, ` +
        `got ${showShape(weights.shape)}`,
    );
  }
  if (sizeOf(bias.shape) !== outChannels) {
    throw new ShapeError(`conv2d: expected a bias [${outChannels}], got ${showShape(bias.shape)}`);
  }
  return { ...window2d("conv2d", x.shape, [height, width], options.strides, options.padding), outChannels };
}

/** The shapes, which the shaders for stride 1 mark as dimensions. */
export const dimensionsOf = (g: ConvGeometry) => ({
  ...{ batch: g.batch, inChannels: g.channels, outChannels: g.outChannels },
  ...{ inHeight: g.inputSize[0], inWidth: g.inputSize[1], outHeight: g.outputSize[0], outWidth: g.outputSize[1] },
  ...{ padTop: g.padBefore[0], padLeft: g.padBefore[1] },
});

/** The window, for shaders whose loops over it are unrolled. */
export const windowOf = ({ window: [windowHeight, windowWidth] }: ConvGeometry) => ({ windowHeight, windowWidth });

/** The constants of the shaders for any stride. */
export const constantsOf = (g: ConvGeometry) => ({
  ...dimensionsOf(g),
  ...windowOf(g),
  strideHeight: g.strides[0],
  strideWidth: g.strides[1],
});

/** Multiply-adds of a pass, counted as two operations. The same for all three passes. */
export const flopsOf = (g: ConvGeometry): number =>
  2 * g.batch * g.outChannels * sizeOf(g.outputSize) * g.channels * sizeOf(g.window);

/** The convolution that gives the gradient with respect to x, for stride 1: dy in, dx out, turned weights. */
export const turned = (g: ConvGeometry): ConvGeometry => ({
  ...g,
  channels: g.outChannels,
  outChannels: g.channels,
  inputSize: g.outputSize,
  outputSize: g.inputSize,
  padBefore: [g.window[0] - 1 - g.padBefore[0], g.window[1] - 1 - g.padBefore[1]],
});

/** Which weight a convolution reads: as they are, or with channels exchanged and the window turned by 180 degrees. */
export type Pass = "forward" | "backward";

/**
 * Where the weight of (output, input, tap) of a pass's convolution stands in the stored [Cout, Cin, kH, kW]; `g` is that
 * of the pass.
 */
export function weightIndex(g: ConvGeometry, pass: Pass, output: number, input: number, tap: number): number {
  const taps = sizeOf(g.window);
  return pass === "forward"
    ? (output * g.channels + input) * taps + tap
    : (input * g.outChannels + output) * taps + (taps - 1 - tap);
}

/** A table entry for which a permuted copy holds 0. */
export const missing = 0xffffffff;

/** A way to compute a convolution of stride 1, or any stride forward. */
export interface Convolution {
  readonly name: string;
  record(program: Program, g: ConvGeometry, tensors: ConvTensors): Convolved;
  /** Whether x may be a batch normalisation left undone. */
  readonly normalises: boolean;
}

export interface ConvTensors {
  readonly pass: Pass;
  readonly x: Tensor;
  /** As stored, whatever the pass. */
  readonly weights: Tensor;
  /** Absent: none. */
  readonly bias?: Tensor;
  readonly y: Tensor;
  readonly relu: boolean;
  /** Make the moments of y, if this kernel can. */
  readonly wantsMoments?: boolean;
  /** What y is the gradient of, if that is a batch normalisation left undone: make the gradient's sums, if this kernel can. */
  readonly differentiated?: Tensor;
}

/** A convolution's output, with the sums that its kernel made besides. */
export type Convolved = NonNullable<Tensor["fused"]>;

/** How a site is called in a tuning file. */
export const siteOf = (pass: string, g: ConvGeometry): string =>
  `conv2d ${pass} ${g.batch}x${g.channels}x${g.inputSize.join("x")} to ${g.outChannels}, ${g.window.join("x")}, stride ${g.strides.join("x")}`;
