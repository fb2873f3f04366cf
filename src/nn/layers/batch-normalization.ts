import type { Tensor } from "../../gpu/tensor.ts";
import { batchNorm } from "../../kernels/batchNorm.ts";
import type { Shape } from "../../shape.ts";
import { ones, zeros } from "../initializers.ts";
import type { Layer, LayerContext, ParameterSpec } from "../layer.ts";

export interface BatchNormalizationOptions {
  /** Share of the old moving statistics that a step keeps. */
  readonly momentum?: number;
  readonly epsilon?: number;
  readonly name?: string;
}

/**
 * Batch normalisation over channels or features, as Keras's `BatchNormalization`: momentum 0.99, epsilon 0.001, and the
 * biased variance in the moving statistics as well.
 */
export class BatchNormalization implements Layer {
  readonly type = "BatchNormalization";
  readonly stem = "bn";
  readonly takesRelu = true;
  readonly name: string | undefined;
  readonly momentum: number;
  readonly epsilon: number;

  constructor({ momentum = 0.99, epsilon = 1e-3, name }: BatchNormalizationOptions = {}) {
    this.name = name;
    this.momentum = momentum;
    this.epsilon = epsilon;
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  parameters([channels = 0]: Shape): readonly ParameterSpec[] {
    const shape = [channels];
    return [
      { name: "gamma", shape, initializer: ones, trainable: true },
      { name: "beta", shape, initializer: zeros, trainable: true },
      { name: "movingMean", shape, initializer: zeros, trainable: false },
      { name: "movingVariance", shape, initializer: ones, trainable: false },
    ];
  }

  macs(): number {
    return 0;
  }

  apply({ tape, parameter, training, fusion, fusesWith, statistics }: LayerContext, x: Tensor): Tensor {
    return tape.apply(batchNorm, [x, parameter("gamma"), parameter("beta")] as const, {
      epsilon: this.epsilon,
      momentum: this.momentum,
      training,
      relu: fusion === "takesRelu",
      defer: fusesWith?.takesNormalisation ?? false,
      statistics,
      movingMean: parameter("movingMean"),
      movingVariance: parameter("movingVariance"),
    });
  }
}
