import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { maxPool2d, type PoolOptions, poolsSideBySide } from "../../kernels/maxPool2d.ts";
import { type Padding, type Shape, showShape, window2d } from "../../shape.ts";
import type { Layer, LayerContext, SlidingWindow } from "../layer.ts";
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
  readonly #options: PoolOptions;

  constructor({ poolSize = 2, strides = poolSize, padding = "valid", name }: MaxPooling2DOptions = {}) {
    this.name = name;
    this.#options = { window: pairOf(poolSize), strides: pairOf(strides), padding };
  }

  outputShape(input: Shape): Shape {
    if (input.length !== 3) throw new ShapeError(`MaxPooling2D: expected an input [C, H, W], got ${showShape(input)}`);
    const { window, strides, padding } = this.#options;
    const { channels, outputSize } = window2d("MaxPooling2D", [1, ...input], window, strides, padding);
    return [channels, ...outputSize];
  }

  parameters(): readonly [] {
    return [];
  }

  macs(): number {
    return 0;
  }

  get window(): SlidingWindow {
    const { window: size, strides, padding } = this.#options;
    return { size, strides, padding };
  }

  /** Whether windows lie side by side and inside the image. */
  get takesNormalisation(): boolean {
    return poolsSideBySide(this.#options);
  }

  apply({ tape, fusesWith }: LayerContext, x: Tensor): Tensor {
    // The gradient of a pool of a pool cannot be left to the normalisation.
    const defer = fusesWith?.takesNormalisation === true && fusesWith.type !== this.type;
    return tape.apply(maxPool2d, [x] as const, { ...this.#options, defer });
  }
}
