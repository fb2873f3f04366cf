import source from "../../shaders/dense.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";
import { reluGradient } from "./relu.ts";

const kernel = defineKernel("dense", source);

export interface DenseOptions {
  /** Applies max(., 0) to the result, in the same launch. */
  readonly relu: boolean;
}

/** Terms of a sum that one invocation adds before it pays to cut it. */
const shortSum = 256;

/**
 * A fully connected layer, as Keras's `Dense`: x [N, in], weights [in, out], bias [out] give [N, out].
 *
 * @throws ShapeError if these do not fit together.
 */
export const dense: Op<readonly [x: Tensor, weights: Tensor, bias: Tensor], readonly [], DenseOptions> = {
  name: "dense",

  forward(program, [x, weights, bias], { relu }) {
    const { batch, inputs, outputs, constants, flops } = geometryOf(x, weights, bias);
    const splits = Math.min(64, Math.ceil(inputs / shortSum));
    const tiles = Math.ceil(batch / constants.tileN) * Math.ceil(outputs / constants.tileO);
    const [columns, rows] = gridOver(tiles, 32);
    const y = program.tensor("y", [batch, outputs]);
    const partials = splits === 1 ? y : program.tensor("partials", [splits, batch, outputs]);
    program.launch(kernel, "forward", {
      constants: { ...constants, splits, relu },
      bindings: { x, w: weights, bias, partials },
      workgroups: [columns, rows, splits],
      flops,
    });
    if (splits === 1) return { output: y, saved: [] };
    program.launch(kernel, "reduce", {
      constants: { ...constants, splits, relu },
      bindings: { splitSums: partials, bias, y },
      workgroups: gridOver(batch * outputs),
      flops: splits * batch * outputs,
    });
    return { output: y, saved: [] };
  },

  backward(program, dy, { inputs: [x, weights, bias], output, needs }, { relu }) {
    const { batch, inputs, outputs, constants, flops } = geometryOf(x, weights, bias);
    const dz = relu ? reluGradient(program, output, dy) : dy;
    const dw = program.tensor("dw", weights.shape);
    const db = program.tensor("db", bias.shape);
    const weightTiles = Math.ceil(inputs / constants.tileK) * Math.ceil(outputs / constants.tileO);
    program.launch(kernel, "weightGradient", {
      constants,
      bindings: { dy: dz, activations: x, dw, db },
      workgroups: gridOver(weightTiles, 32),
      flops,
    });
    if (!needs[0]) return [null, dw, db];
    const dx = program.tensor("dx", x.shape);
    const inputTiles = Math.ceil(batch / constants.tileN) * Math.ceil(inputs / constants.tileK);
    program.launch(kernel, "inputGradient", {
      constants,
      bindings: { dy: dz, w: weights, dx },
      workgroups: gridOver(inputTiles, 32),
      flops,
    });
    return [dx, dw, db];
  },
};

function geometryOf(x: Tensor, weights: Tensor, bias: Tensor) {
  const [batch = 0, inputs = 0] = x.shape;
  const [rows = 0, outputs = 0] = weights.shape;
  if (x.shape.length !== 2) {
    throw new ShapeError(`dense: expected an input [N, in], got ${showShape(x.shape)}. Flatten it first.`);
  }
  if (weights.shape.length !== 2 || rows !== inputs) {
    throw new ShapeError(`dense: expected weights [${inputs}, out], got ${showShape(weights.shape)}`);
  }
  if (sizeOf(bias.shape) !== outputs) {
    throw new ShapeError(`dense: expected a bias [${outputs}], got ${showShape(bias.shape)}`);
  }
  const [tileN, tileK, tileO] = [Math.min(4, batch), Math.min(4, inputs), Math.min(4, outputs)];
  const constants = { batch, inputs, outputs, tileN, tileK, tileO };
  return { batch, inputs, outputs, constants, flops: 2 * batch * inputs * outputs };
}
