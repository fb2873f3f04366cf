import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { dense } from "../../kernels/dense.ts";
import { softmax } from "../../kernels/softmax.ts";
import { type Shape, showShape } from "../../shape.ts";
import { glorotUniform, zeros } from "../initializers.ts";
import type { Activation, Layer, LayerContext, ParameterSpec } from "../layer.ts";

export interface DenseOptions {
  readonly units: number;
  /** "softmax" makes the units shares of 1. */
  readonly activation?: Activation;
  readonly name?: string;
}

/** A fully connected layer with bias, as Keras's `Dense`: [in] to [units]. */
export class Dense implements Layer {
  readonly type = "Dense";
  readonly stem = "dense";
  readonly name: string | undefined;
  readonly activation: Activation;
  readonly #units: number;

  constructor({ units, activation = "linear", name }: DenseOptions) {
    if (!Number.isInteger(units) || units < 1) {
      throw new ShapeError(`Dense: expected units of a positive integer, got ${units}`);
    }
    this.name = name;
    this.activation = activation;
    this.#units = units;
  }

  outputShape(input: Shape): Shape {
    if (input.length !== 1) {
      throw new ShapeError(`Dense: expected an input [features], got ${showShape(input)}. Put a Flatten before it.`);
    }
    return [this.#units];
  }

  parameters([inputs = 0]: Shape): readonly ParameterSpec[] {
    return [
      { name: "weight", shape: [inputs, this.#units], initializer: glorotUniform, trainable: true },
      { name: "bias", shape: [this.#units], initializer: zeros, trainable: true },
    ];
  }

  macs([inputs = 0]: Shape): number {
    return inputs * this.#units;
  }

  apply({ tape, parameter, fusion }: LayerContext, x: Tensor): Tensor {
    const relu = this.activation === "relu" && fusion !== "leavesRelu";
    const y = tape.apply(dense, [x, parameter("weight"), parameter("bias")] as const, { relu });
    return this.activation === "softmax" ? tape.apply(softmax, [y] as const, {}) : y;
  }
}
