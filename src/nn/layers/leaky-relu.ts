import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { leakyRelu } from "../../kernels/relu.ts";
import type { Shape } from "../../shape.ts";
import type { Layer, LayerContext } from "../layer.ts";

export interface LeakyReLUOptions {
  /** What negative inputs are multiplied by, >= 0: Keras 2's `alpha`, Keras 3's `negative_slope`. */
  readonly slope?: number;
  readonly name?: string;
}

/** The slope of Keras's layer, in versions 2 and 3. */
export const defaultSlope = 0.3;

/** x where it is positive, slope * x elsewhere, as Keras's `LeakyReLU`: a layer of its own after a linear one. */
export class LeakyReLU implements Layer {
  readonly type = "LeakyReLU";
  readonly stem = "leaky";
  readonly name: string | undefined;
  readonly slope: number;

  constructor({ slope = defaultSlope, name }: LeakyReLUOptions = {}) {
    if (!(slope >= 0)) throw new ShapeError(`LeakyReLU: expected a slope >= 0, got ${slope}`);
    this.name = name;
    this.slope = slope;
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  parameters(): readonly [] {
    return [];
  }

  macs(): number {
    return 0;
  }

  apply({ tape }: LayerContext, x: Tensor): Tensor {
    return tape.apply(leakyRelu, [x] as const, { slope: this.slope });
  }
}
