import source from "../../shaders/dense.wgsl?raw";
import vectorsSource from "../../shaders/denseVectors.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { gridOver } from "../gpu/launch.ts";
import type { Program } from "../gpu/program.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";
import { reluGradient } from "./relu.ts";

const kernel = defineKernel("dense", source);
const vectorsKernel = defineKernel("denseVectors", vectorsSource);

export interface DenseOptions {
  /** Applies max(., 0) to the result, in the same launch. */
  readonly relu: boolean;
}

/** Terms of a sum that one invocation adds before it pays to cut it. */
export const shortSum = 256;
const mostSplits = 64;
const workgroupSize = 32;

/** The input, the weights and the bias of a layer. */
type DenseInputs = readonly [x: Tensor, weights: Tensor, bias: Tensor];

/**
 * A fully connected layer, as Keras's `Dense`: x [N, in], weights [in, out], bias [out] give [N, out].
 *
 * @throws ShapeError if these do not fit together.
 */
export const dense: Op<DenseInputs, readonly [], DenseOptions> = {
  name: "dense",

  forward(program, inputs, { relu }) {
    const { batch, outputs, splits } = denseGeometry("dense", inputs);
    const y = program.tensor("y", [batch, outputs]);
    const partials = splits === 1 ? y : program.tensor("partials", [splits, batch, outputs]);
    denseProducts(program, inputs, partials, relu);
    if (splits === 1) return { output: y, saved: [] };
    program.launch(kernel, "reduce", {
      constants: { batch, outputs, splits, relu },
      bindings: { splitSums: partials, bias: inputs[2], y },
      workgroups: gridOver(batch * outputs),
      flops: splits * batch * outputs,
    });
    return { output: y, saved: [] };
  },

  backward(program, dy, { inputs, output, needs }, { relu }) {
    return denseGradients(program, inputs, relu ? reluGradient(program, output, dy) : dy, needs[0] ?? false);
  },
};

/** Records x * weights in parts of its sums: [splits, N, out]. A single part has the bias and the ReLU applied. */
export function denseProducts(program: Program, inputs: DenseInputs, partials: Tensor, relu: boolean): void {
  const [x, w, bias] = inputs;
  const { batch, outputs, splits, tiles, chosen, constants, flops } = denseGeometry("dense", inputs);
  const { tileN, tileO } = tiles;
  const [columns, rows] = gridOver(Math.ceil(batch / tileN) * Math.ceil(outputs / tileO), workgroupSize);
  program.launch(chosen, "forward", {
    constants: { ...constants, splits, relu },
    bindings: { x, w, bias, partials },
    workgroups: [columns, rows, splits],
    flops,
  });
}

/** Records the gradients of input, weights and bias from that of x * weights + bias, in one launch. */
export function denseGradients(
  program: Program,
  inputs: DenseInputs,
  dy: Tensor,
  needsInput: boolean,
): readonly [Tensor | null, Tensor, Tensor] {
  const [x, w, bias] = inputs;
  const { batch, inputs: terms, outputs, tiles, chosen, constants, flops } = denseGeometry("dense", inputs);
  const { tileN, tileK, tileO } = tiles;
  const groupsOver = (results: number) => Math.ceil(results / workgroupSize);
  const ofWeights = groupsOver(Math.ceil(terms / tileK) * Math.ceil(outputs / tileO));
  const ofInput = needsInput ? groupsOver(Math.ceil(batch / tileN) * Math.ceil(terms / tileK)) : 0;
  const dx = program.tensor("dx", x.shape);
  const dw = program.tensor("dw", w.shape);
  const db = program.tensor("db", bias.shape);
  program.launch(chosen, "gradients", {
    constants,
    bindings: { x, w, dy, dw, db, dx },
    workgroups: gridOver(ofWeights + ofInput, 1),
    flops: needsInput ? 2 * flops : flops,
  });
  return [needsInput ? dx : null, dw, db];
}

/** A tile keeps loads few where they are many; of a small head, bodies that compile fast and invocations count more. */
const tileEdge = (outputs: number): number => (outputs < 16 ? 1 : 4);

/** Sizes and constants of a layer. @throws ShapeError if its tensors do not fit together, in the name of an op. */
export function denseGeometry(op: string, [x, weights, bias]: DenseInputs) {
  const [batch = 0, inputs = 0] = x.shape;
  const [rows = 0, outputs = 0] = weights.shape;
  if (x.shape.length !== 2) {
    throw new ShapeError(`${op}: expected an input [N, in], got ${showShape(x.shape)}. Flatten it first.`);
  }
  if (weights.shape.length !== 2 || rows !== inputs) {
    throw new ShapeError(`${op}: expected weights [${inputs}, out], got ${showShape(weights.shape)}`);
  }
  if (sizeOf(bias.shape) !== outputs) {
    throw new ShapeError(`${op}: expected a bias [${outputs}], got ${showShape(bias.shape)}`);
  }
  const inVectors = inputs % 4 === 0 && outputs % 4 === 0;
  const edge = inVectors ? 4 : tileEdge(outputs);
  const tiles = { tileN: Math.min(edge, batch), tileK: Math.min(edge, inputs), tileO: Math.min(edge, outputs) };
  return {
    ...{ batch, inputs, outputs, tiles, flops: 2 * batch * inputs * outputs },
    splits: Math.min(mostSplits, Math.ceil(inputs / shortSum)),
    chosen: inVectors ? vectorsKernel : kernel,
    constants: { batch, inputs, outputs, ...(inVectors ? { tileN: tiles.tileN } : tiles) },
  };
}
