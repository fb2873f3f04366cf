import type { Tensor } from "../../gpu/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { dropout } from "../../kernels/dropout.ts";
import { streamKey } from "../../rng.ts";
import type { Shape } from "../../shape.ts";
import type { Layer, LayerContext } from "../layer.ts";

export interface DropoutOptions {
  /** Share of the elements that training sets to 0, in [0, 1). */
  readonly rate: number;
  readonly name?: string;
}

/** Dropout in training and where predictions are sampled, the identity otherwise, as Keras's `Dropout`. */
export class Dropout implements Layer {
  readonly type = "Dropout";
  readonly stem = "dropout";
  readonly name: string | undefined;
  readonly rate: number;

  constructor({ rate, name }: DropoutOptions) {
    if (!(rate >= 0 && rate < 1)) throw new ShapeError(`Dropout: expected a rate in [0, 1), got ${rate}`);
    this.name = name;
    this.rate = rate;
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

  apply({ tape, dropout: drops, step, seed, layer }: LayerContext, x: Tensor): Tensor {
    if (!drops || this.rate === 0) return x;
    return tape.apply(dropout, [x] as const, { rate: this.rate, key: streamKey(seed, `dropout/${layer}`), step });
  }
}
