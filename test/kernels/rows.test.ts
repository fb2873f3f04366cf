/**
 * A grid may have at most 65,535 workgroups along x, so large ones have several rows. Here small ones have: every kernel
 * that takes such a grid stores the same bits as from a single row.
 */
import { expect, test } from "vitest";
import type { Kernel } from "../../src/gpu/kernel.ts";
import type { LaunchRequest, Workgroups } from "../../src/gpu/launch.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor } from "../../src/gpu/step.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";
import { addition } from "../../src/kernels/add.ts";
import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { evaluationStatistics } from "../../src/kernels/batchNorm/evaluation.ts";
import { conv2d } from "../../src/kernels/conv2d.ts";
import { dense } from "../../src/kernels/dense.ts";
import { dropout } from "../../src/kernels/dropout.ts";
import { crop2d } from "../../src/kernels/crop2d.ts";
import { huber } from "../../src/kernels/huber.ts";
import { mae } from "../../src/kernels/mae.ts";
import { maxPool2d } from "../../src/kernels/maxPool2d.ts";
import { mse } from "../../src/kernels/mse.ts";
import type { Op } from "../../src/kernels/op.ts";
import { relu } from "../../src/kernels/relu.ts";
import { softmax } from "../../src/kernels/softmax.ts";
import type { Shape } from "../../src/shape.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, type OpResult, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

/** Gives two rows to every grid that may have them. */
class TwoRowProgram extends Program {
  readonly folded: string[] = [];

  override launch(kernel: Kernel, entryPoint: string, request: LaunchRequest): void {
    const { workgroups } = request;
    if (!mayHaveRows(kernel, entryPoint) || workgroups[0] === 1) return super.launch(kernel, entryPoint, request);
    this.folded.push(`${kernel.name}.${entryPoint}`);
    super.launch(kernel, entryPoint, { ...request, workgroups: inTwoRows(workgroups) });
  }
}

/** Whether an entry point asks how wide its grid is. */
const mayHaveRows = (kernel: Kernel, entryPoint: string): boolean =>
  new RegExp(`fn ${entryPoint}\\([^{]*num_workgroups`).test(kernel.source);

const inTwoRows = ([columns, , depth]: Workgroups): Workgroups => [Math.ceil(columns / 2), 2, depth];

const random = (shape: Shape, seed = 1) => feed("input", shape, uniform(shape, seed, -1, 1));
const image = [2, 3, 7, 6];

/** A function that runs an op in a given program. */
const of =
  <Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options>(
    op: Op<Inputs, Saved, Options>,
    inputs: Inputs,
    options: () => Options,
  ) =>
  (program: Program): Promise<OpResult> =>
    runOp(device, op, inputs, options(), (shape) => uniform(shape, 9, -1, 1), program);

const norm = (training: boolean) => () => {
  const movingVariance = feed("variance", [3], [1, 2, 3]);
  return { epsilon: 1e-3, momentum: 0.99, relu: false, training, movingMean: random([3]), movingVariance };
};
const perChannel = [random([3], 2), random([3], 3)] as const;

/** What a normalisation leaves in evaluation, which is no op of its own; all its values lie in one slot. */
async function statistics(program: Program): Promise<OpResult> {
  const values = feed("values", [28], uniform([28], 1, 0.5, 1.5));
  const [gamma, beta, movingMean, movingVariance] = [0, 1, 2, 3].map((i) => ({
    ...values,
    ...{ shape: [7], offset: 28 * i },
  }));
  const [output] = evaluationStatistics(program, [{ gamma, beta, movingMean, movingVariance, epsilon: 1e-3 }]);
  program.keep(output);
  const ready = await program.finish(device);
  ready.run();
  const y = await ready.read(output);
  ready.destroy();
  return { y, shape: output.shape, gradients: [] };
}

const runs: [string, (program: Program) => Promise<OpResult>, folded: readonly string[]][] = [
  ["add", of(addition, [random(image), random(image, 2)], () => ({})), ["add.forward"]],
  [
    "batchNorm in training",
    of(batchNorm, [random(image), ...perChannel], norm(true)),
    ["batchNorm.normalize", "batchNorm.inputGradient"],
  ],
  [
    "batchNorm inferring",
    of(batchNorm, [random(image), ...perChannel], norm(false)),
    ["batchNorm.infer", "batchNorm.inputGradient"],
  ],
  ["batchNorm left to its reader in evaluation", statistics, ["batchNormEvaluation.forward"]],
  [
    "conv2d with strides",
    of(
      conv2d,
      [random(image), random([5, 3, 3, 3], 2), random([5], 3)],
      () => ({ strides: [2, 2], padding: "same", relu: false }) as const,
    ),
    ["conv2dDataGradient.backward", "conv2dWeightGradient.reduce"],
  ],
  [
    "dense",
    of(dense, [random([23, 260]), random([260, 25], 2), random([25], 3)], () => ({ relu: true })),
    ["dense.forward", "dense.reduce", "relu.backward", "dense.gradients"],
  ],
  [
    "dense in vectors",
    of(dense, [random([23, 260]), random([260, 28], 2), random([28], 3)], () => ({ relu: false })),
    ["denseVectors.forward", "dense.reduce", "denseVectors.gradients"],
  ],
  [
    "dropout",
    of(dropout, [random(image)], () => ({ rate: 0.4, key: [1, 2], step: stepTensor() }) as const),
    ["dropout.mask", "dropout.mask"],
  ],
  [
    "maxPool2d",
    of(maxPool2d, [random(image)], () => ({ window: [2, 2], strides: [1, 1], padding: "valid" }) as const),
    ["maxPool2d.forward", "maxPool2d.backward"],
  ],
  ["mse", of(mse, [random([50, 3]), random([50, 3], 2)], () => ({})), ["mse.backward"]],
  ["mae", of(mae, [random([50, 3]), random([50, 3], 2)], () => ({})), ["mae.backward"]],
  ["huber", of(huber, [random([50, 3]), random([50, 3], 2)], () => ({})), ["huber.backward"]],
  ["crop2d", of(crop2d, [random(image)], () => ({ size: [4, 3] }) as const), ["crop2d.forward", "crop2d.backward"]],
  ["softmax", of(softmax, [random([150, 3])], () => ({})), ["softmax.forward", "softmax.backward"]],
  ["relu", of(relu, [random(image)], () => ({})), ["relu.forward", "relu.backward"]],
];

test.each(runs)("%s", async (_, run, folded) => {
  const inTwoRows = new TwoRowProgram("two rows");
  expect(await run(inTwoRows)).toEqual(await run(new Program("one row")));
  expect(inTwoRows.folded).toEqual(folded);
});
