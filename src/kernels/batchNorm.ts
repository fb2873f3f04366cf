import source from "../../shaders/batchNorm.wgsl?raw";
import featuresSource from "../../shaders/batchNormFeatures.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import { fusedBackward, fusedForward, leftUndone } from "./batchNorm/fused.ts";
import type { Op } from "./op.ts";

const kernel = defineKernel("batchNorm", source);
const featuresKernel = defineKernel("batchNormFeatures", featuresSource);

export interface BatchNormOptions {
  readonly epsilon: number;
  /** Share of the old moving statistics that a training step keeps. */
  readonly momentum: number;
  /** Normalise by the batch and update the moving statistics, or normalise by them. */
  readonly training: boolean;
  /** Normalise max(x, 0) instead of x: the activation before this layer, in the same pass. */
  readonly relu: boolean;
  /** In training, where the input comes with its moments: leave scaling and shifting to whoever reads the output. */
  readonly defer?: boolean;
  /** In evaluation mode: what `evaluationStatistics` made of this layer; scaling and shifting are left to whoever reads. */
  readonly statistics?: Tensor | undefined;
  /** Pinned, [C]. */
  readonly movingMean: Tensor;
  readonly movingVariance: Tensor;
}

/** Parts of a batch whose sums are made side by side. */
const mostSplits = 32;
/** Numbers that a workgroup sums before another one pays. */
const enoughNumbers = 1024;

/**
 * Batch normalisation over the channels of [N, C, H, W] or the features of [N, C], as Keras's `BatchNormalization`
 * with biased variance. gamma, beta [C].
 *
 * @throws ShapeError for another rank, another number of channels, or in training a batch with one value a channel.
 */
export const batchNorm: Op<
  readonly [x: Tensor, gamma: Tensor, beta: Tensor],
  readonly [saved: Tensor],
  BatchNormOptions
> = {
  name: "batchNorm",

  forward(program, [x, gamma, beta], options) {
    const { channels, constants, features, splits, grid, size } = geometryOf(x.shape, { gamma, beta }, options);
    if (options.training && x.fused?.moments) {
      return fusedForward(program, { x, gamma, beta }, x.fused.moments, options);
    }
    const { movingMean, movingVariance, statistics } = options;
    if (statistics) return { output: leftUndone(x, statistics), saved: [statistics] };
    const y = program.tensor("y", x.shape);
    const saved = program.tensor("saved", [channels, 2]);
    if (options.training && x.shape.length === 2) {
      program.launch(featuresKernel, "forward", {
        constants: features,
        bindings: { x, gamma, beta, movingMean, movingVariance, saved, y },
        workgroups: [Math.ceil(channels / 32), 1, 1],
        flops: 8 * size,
      });
    } else if (options.training) {
      const partials = program.tensor("partials", [channels, splits, 2]);
      program.launch(kernel, "statistics", {
        constants,
        bindings: { x, partials },
        workgroups: [splits, channels, 1],
        flops: 4 * size,
      });
      program.launch(kernel, "normalize", {
        constants,
        bindings: { x, splitResults: partials, gamma, beta, movingMean, movingVariance, saved, y },
        workgroups: grid,
        flops: 4 * size,
      });
    } else {
      program.launch(kernel, "infer", {
        constants,
        bindings: { x, gamma, beta, knownMean: movingMean, knownVariance: movingVariance, saved, y },
        workgroups: grid,
        flops: 4 * size,
      });
    }
    return { output: y, saved: [saved] };
  },

  backward(program, dy, { inputs: [x, gamma, beta], saved: [saved] }, options) {
    const { channels, constants, features, splits, grid, size } = geometryOf(x.shape, { gamma, beta }, options);
    if (options.statistics || (options.training && x.fused?.moments)) {
      return fusedBackward(program, dy, { x, gamma, beta }, saved, options);
    }
    const dx = program.tensor("dx", x.shape);
    const dgamma = program.tensor("dgamma", gamma.shape);
    const dbeta = program.tensor("dbeta", beta.shape);
    if (options.training && x.shape.length === 2) {
      program.launch(featuresKernel, "backward", {
        constants: features,
        bindings: { x, gamma, dy, used: saved, dx, dgamma, dbeta },
        workgroups: [Math.ceil(channels / 32), 1, 1],
        flops: 12 * size,
      });
      return [dx, dgamma, dbeta];
    }
    const partials = program.tensor("gradientPartials", [channels, splits, 2]);
    program.launch(kernel, "gradientSums", {
      constants,
      bindings: { x, dy, used: saved, partials },
      workgroups: [splits, channels, 1],
      flops: 5 * size,
    });
    program.launch(kernel, "inputGradient", {
      constants,
      bindings: { x, splitResults: partials, dy, used: saved, scales: gamma, dx, dgamma, dbeta },
      workgroups: grid,
      flops: 7 * size,
    });
    return [dx, dgamma, dbeta];
  },
};

function geometryOf(
  shape: Shape,
  scale: { readonly gamma: Tensor; readonly beta: Tensor },
  { epsilon, momentum, training, relu, statistics, movingMean, movingVariance }: BatchNormOptions,
) {
  const [batch = 0, channels = 0, ...image] = shape;
  if (shape.length !== 4 && shape.length !== 2) {
    throw new ShapeError(`batchNorm: expected an input [N, C, H, W] or [N, C], got ${showShape(shape)}`);
  }
  for (const [name, tensor] of Object.entries({ ...scale, movingMean, movingVariance })) {
    if (sizeOf(tensor.shape) !== channels) {
      throw new ShapeError(`batchNorm: expected ${name} [${channels}], got ${showShape(tensor.shape)}`);
    }
  }
  if (statistics && (training || relu || shape.length !== 4)) {
    throw new ShapeError(
      "batchNorm: expected evaluation of an input [N, C, H, W] without ReLU where statistics are given, " +
        `got training ${training}, relu ${relu}, input ${showShape(shape)}`,
    );
  }
  const plane = sizeOf(image);
  if (training && batch * plane < 2) {
    throw new ShapeError(
      `batchNorm: expected at least two values a channel to normalise, got one (input ${showShape(shape)}). ` +
        "Use a batch size that leaves no last batch of one.",
    );
  }
  const splits = plane === 1 ? 1 : Math.min(batch, mostSplits, Math.ceil((batch * plane) / enoughNumbers));
  return {
    channels,
    splits,
    size: sizeOf(shape),
    grid: gridOver(batch * channels * Math.min(plane, 64)),
    features: { batch, channels, epsilon, momentum, relu },
    constants: { batch, channels, plane, splits, epsilon, momentum, relu, training },
  };
}
