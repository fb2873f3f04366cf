import source from "../../shaders/denseNorm.wgsl?raw";
import randomSource from "../../shaders/random.wgsl?raw";
import stepSource from "../../shaders/step.wgsl?raw";
import { ShapeError } from "../errors.ts";
import type { Program } from "../gpu/program.ts";
import type { Tuning } from "../gpu/tuning.ts";
import { alignBytes, type Tensor } from "../gpu/tensor.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { BatchNormOptions } from "./batchNorm.ts";
import { denseGeometry, denseGradients, denseProducts, shortSum } from "./dense.ts";
import { type DropoutOptions, requireRate } from "./dropout.ts";
import type { Op } from "./op.ts";
import { defineTotalsKernel, subgroupLanes } from "./totals.ts";

const kernels = defineTotalsKernel("denseNorm", source, [randomSource, stepSource]);

export interface DenseNormOptions extends Omit<BatchNormOptions, "training"> {
  /** Of what the normalisation gives; rate 0 drops nothing. */
  readonly dropout: DropoutOptions;
}

type DenseNormInputs = readonly [x: Tensor, weights: Tensor, bias: Tensor, gamma: Tensor, beta: Tensor];

/** Where a workgroup is more than a subgroup: samples that it takes at once at most, and 256 bytes of memory each. */
const mostSamples = 32;
/** Features of such a workgroup. */
const features = 4;

/** The kernel of an adapter, how its workgroups are cut, and the entry point that makes the product as well. */
function cutFor(tuning: Tuning, batch: number) {
  const lanes = subgroupLanes(tuning);
  if (lanes !== null) {
    return { kernel: kernels.bySubgroup, whole: "forwardByLanes", cut: { columns: 1, samples: lanes } } as const;
  }
  const samples = Math.min(mostSamples, Math.ceil(batch / 4) * 4);
  return { kernel: kernels.byMemory, whole: "forward", cut: { columns: features, samples } } as const;
}

/**
 * A dense layer with its ReLU, then batch normalisation in training, then dropout, in one launch or two: what `dense`,
 * `batchNorm` and `dropout` give one after another. x [N, in], weights [in, out], all others [out] give [N, out].
 *
 * @throws ShapeError if these do not fit together, for a batch of one, or for a rate that is not in [0, 1).
 */
export const denseNorm: Op<DenseNormInputs, readonly [results: Tensor], DenseNormOptions> = {
  name: "denseNorm",

  forward(program, inputs, options) {
    const geometry = geometryOf(program, inputs, options);
    const { batch, outputs, splits, kernel, whole, constants, workgroups, flops } = geometry;
    const [x, w, bias, gamma, beta] = inputs;
    const { y, results } = resultsOf(program, batch, outputs);
    const { movingMean, movingVariance, dropout } = options;
    const shared = { step: dropout.step, bias, gamma, beta, movingMean, movingVariance, results };
    const [size, rest] = [batch * outputs, 9 * batch * outputs];
    if (geometry.inputs <= shortSum) {
      const bindings = { ...shared, x, w };
      program.launch(kernel, whole, { constants, bindings, workgroups, flops: flops + rest });
    } else {
      const partials = program.tensor("partials", [splits, batch, outputs]);
      denseProducts(program, [x, w, bias], partials, false);
      const bindings = { ...shared, splitSums: partials };
      program.launch(kernel, "finish", { constants, bindings, workgroups, flops: splits * size + rest });
    }
    return { output: y, saved: [results] };
  },

  backward(program, dy, { inputs, saved: [results], needs }, options) {
    const { batch, outputs, kernel, constants, workgroups } = geometryOf(program, inputs, options);
    const [x, w, bias, gamma, beta] = inputs;
    const dz = program.tensor("dz", [batch, outputs]);
    const dgamma = program.tensor("dgamma", gamma.shape);
    const dbeta = program.tensor("dbeta", beta.shape);
    program.launch(kernel, "backward", {
      constants,
      bindings: { step: options.dropout.step, dy, known: results, scales: gamma, dz, dgamma, dbeta },
      workgroups,
      flops: 13 * batch * outputs,
    });
    return [...denseGradients(program, [x, w, bias], dz, needs[0] ?? false), dgamma, dbeta];
  },
};

/** Where y, and mean and inverse, lie behind z, in floats: shaders/denseNorm.wgsl. */
function placesOf(batch: number, outputs: number) {
  const yStart = alignBytes(4 * batch * outputs) / 4;
  return { yStart, momentsStart: 2 * yStart };
}

/** The tensor that holds z, y, mean and inverse, and the part of it that is y. */
function resultsOf(program: Program, batch: number, outputs: number): { y: Tensor; results: Tensor } {
  const { yStart, momentsStart } = placesOf(batch, outputs);
  const results = program.tensor("results", [momentsStart + 2 * outputs]);
  const { name } = program.tensor("y", []);
  return { results, y: { ...results, name, shape: [batch, outputs], offset: 4 * yStart } };
}

function geometryOf(program: Program, [x, weights, bias, gamma, beta]: DenseNormInputs, options: DenseNormOptions) {
  const dense = denseGeometry("denseNorm", [x, weights, bias]);
  const { batch, inputs, outputs, splits } = dense;
  const { movingMean, movingVariance, relu, epsilon, momentum, dropout } = options;
  for (const [name, tensor] of Object.entries({ gamma, beta, movingMean, movingVariance })) {
    if (sizeOf(tensor.shape) !== outputs) {
      throw new ShapeError(`denseNorm: expected ${name} [${outputs}], got ${showShape(tensor.shape)}`);
    }
  }
  if (batch < 2) {
    throw new ShapeError(
      `denseNorm: expected at least two samples to normalise, got one (input ${showShape(x.shape)}). ` +
        "Use a batch size that leaves no last batch of one.",
    );
  }
  requireRate("denseNorm", dropout.rate);
  const { kernel, whole, cut } = cutFor(program.tuning, batch);
  const shape = { batch, inputs, outputs, splits, ...placesOf(batch, outputs) };
  const { rate, key } = dropout;
  return {
    ...{ ...dense, kernel, whole },
    constants: { ...shape, keyLow: key[0], keyHigh: key[1], ...cut, epsilon, momentum, rate, relu },
    workgroups: [Math.ceil(outputs / cut.columns), 1, 1] as const,
  };
}
