/** What losses share: each is the mean of a function of the errors. */
import source from "../../shaders/loss.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { sameShape, showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

export interface LossOptions {
  /** Where the gradient's launch keeps the predictions of its step, at the batch's place: [samples, K], pinned. */
  readonly keep?: { readonly predictions: Tensor; readonly step: Tensor };
}

/**
 * A loss over all outputs of all samples, as Keras's: prediction and target [N, K] give [1]. The target gets no gradient.
 * Its forward pass throws a ShapeError if their shapes differ.
 */
export type Loss = Op<readonly [prediction: Tensor, target: Tensor], readonly [], LossOptions>;

/** @param functions WGSL of `lossOf`, a function of the error prediction - target, and `slopeOf`, its derivative. */
export function defineLoss(name: string, functions: string): Loss {
  const kernel = defineKernel(name, functions, [stepSource, source]);
  return {
    name,

    forward(program, [prediction, targets]) {
      if (!sameShape(prediction.shape, targets.shape)) {
        throw new ShapeError(
          `${name}: expected targets ${showShape(prediction.shape)}, one for each prediction, got ${showShape(targets.shape)}`,
        );
      }
      const size = sizeOf(prediction.shape);
      const loss = program.tensor("loss", [1]);
      program.launch(kernel, "forward", {
        constants: { size },
        bindings: { prediction, targets, loss },
        workgroups: [1, 1, 1],
        flops: 3 * size,
      });
      return { output: loss, saved: [] };
    },

    backward(program, dloss, { inputs: [prediction, targets] }, { keep }) {
      const size = sizeOf(prediction.shape);
      const dp = program.tensor("dp", prediction.shape);
      program.launch(kernel, "backward", {
        constants: { size, ...(keep && { keep: true, outputs: prediction.shape[1] ?? 1 }) },
        bindings: { prediction, targets, dloss, dp, ...keep },
        bytesWritten: (keep ? 8 : 4) * size,
        workgroups: gridOver(size),
        flops: 3 * size,
      });
      return [dp, null];
    },
  };
}
