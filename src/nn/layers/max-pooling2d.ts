import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { maxPool2d } from "../../kernels/maxPool2d.ts";
import { type Padding, type Pair, type Shape, showShape, window2d } from "../../shape.ts";
import type { Layer, LayerContext } from "../layer.ts";
import { type OneOrPair, pairOf } from "./pair.ts";

export interface MaxPooling2DOptions {
  readonly poolSize?: OneOrPair;
  /** By default the pool size: windows do not overlap. */
  readonly strides?: OneOrPair;
  readonly padding?: Padding;
  readonly name?: string;
}

/** Max pooling, as Keras's `MaxPooling2D`: by default 2 x 2, dropping an odd last row or column. */
export class MaxPooling2D implements Layer {
  readonly type = "MaxPooling2D";
  readonly stem = "pool";
  readonly name: string | undefined;
  readonly #window: Pair;
  readonly #strides: Pair;
  readonly #padding: Padding;

  constructor({ poolSize = 2, strides = poolSize, padding = "valid", name }: MaxPooling2DOptions = {}) {
    this.name = name;
    this.#window = pairOf(poolSize);
    this.#strides = pairOf(strides);
    this.#padding = padding;
  }

  outputShape(input: Shape): Shape {
    if (input.length !== 3) throw new ShapeError(`MaxPooling2D: expected an input [C, H, W], got ${showShape(input)}`);
    const { channels, outputSize } = window2d(
      "MaxPooling2D",
      [1, ...input],
      this.#window,
      this.#strides,
      this.#padding,
    );
    return [channels, ...outputSize];
  }

  parameters(): readonly [] {
    return [];
  }

  macs(): number {
    return 0;
  }

  apply({ tape }: LayerContext, x: Tensor): Tensor {
    return tape.apply(maxPool2d, [x] as const, {
      window: this.#window,
      strides: this.#strides,
      padding: this.#padding,
    });
  }
}
