import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { conv2d } from "../../kernels/conv2d.ts";
import { type Padding, type Shape, showShape, sizeOf, window2d } from "../../shape.ts";
import { glorotUniform, zeros } from "../initializers.ts";
import type { Activation, Layer, LayerContext, ParameterSpec, SlidingWindow } from "../layer.ts";
import { type OneOrPair, pairOf } from "./pair.ts";

export interface Conv2DOptions {
  readonly filters: number;
  readonly kernelSize: OneOrPair;
  readonly strides?: OneOrPair;
  readonly padding?: Padding;
  readonly activation?: Activation;
  readonly name?: string;
}

/** 2-D convolution with bias, as Keras's `Conv2D`: [C, H, W] to [filters, OH, OW]; by default stride 1 and "valid". */
export class Conv2D implements Layer {
  readonly type = "Conv2D";
  readonly stem = "conv";
  readonly takesNormalisation = true;
  readonly name: string | undefined;
  readonly activation: Activation;
  readonly window: SlidingWindow;
  readonly #filters: number;

  constructor({ filters, kernelSize, strides = 1, padding = "valid", activation = "linear", name }: Conv2DOptions) {
    if (!Number.isInteger(filters) || filters < 1) {
      throw new ShapeError(`Conv2D: expected filters of a positive integer, got ${filters}`);
    }
    this.name = name;
    this.activation = activation;
    this.#filters = filters;
    this.window = { size: pairOf(kernelSize), strides: pairOf(strides), padding };
  }

  outputShape(input: Shape): Shape {
    if (input.length !== 3) throw new ShapeError(`Conv2D: expected an input [C, H, W], got ${showShape(input)}`);
    const { size, strides, padding } = this.window;
    const { outputSize } = window2d("Conv2D", [1, ...input], size, strides, padding);
    return [this.#filters, ...outputSize];
  }

  parameters([channels = 0]: Shape): readonly ParameterSpec[] {
    const weight = [this.#filters, channels, ...this.window.size];
    return [
      { name: "weight", shape: weight, initializer: glorotUniform, trainable: true },
      { name: "bias", shape: [this.#filters], initializer: zeros, trainable: true },
    ];
  }

  macs(input: Shape): number {
    return sizeOf(this.outputShape(input)) * (input[0] ?? 0) * sizeOf(this.window.size);
  }

  apply({ tape, parameter, fusion, fusesWith }: LayerContext, x: Tensor): Tensor {
    const feedsBatchNorm = fusesWith?.type === "BatchNormalization";
    return tape.apply(conv2d, [x, parameter("weight"), parameter("bias")] as const, {
      strides: this.window.strides,
      padding: this.window.padding,
      relu: this.activation === "relu" && (feedsBatchNorm || fusion !== "leavesRelu"),
      feedsBatchNorm,
    });
  }
}
