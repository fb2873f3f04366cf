/**
 * Writes the golden files of this folder with tfjs's CPU kernels, an independent implementation that follows Keras.
 * They are committed; the tests do not need tfjs. `npm run golden` takes minutes.
 */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { writeFileSync } from "node:fs";
import { encodeGolden, type GoldenSource } from "./codec.ts";
import type { OpGoldens } from "./ops.ts";
import { rnetOptimizer, rnetSetup, smallLearningRate } from "./rnet.ts";
import { activationGoldens, convolutionGoldens, denseGoldens, poolGoldens } from "./tfjs-ops.ts";
import { adamGoldens, batchNormGoldens, rmspropGoldens, sgdGoldens } from "./tfjs-training.ts";
import { readUnchecked, rnetGoldens } from "./tfjs-rnet.ts";
import { trajectoryGoldens } from "./tfjs-trajectories.ts";
import { setup, type TrajectoryGoldens } from "./trajectories.ts";

const write = (name: string, golden: unknown): void => writeFileSync(`test/golden/${name}`, encodeGolden(golden));

await tf.setBackend("cpu");
const source = (...notes: string[]): GoldenSource => ({ tfjs: tf.version_core, backend: tf.getBackend(), notes });

const ops: OpGoldens = {
  source: source(
    "tfjs computes NHWC and HWIO; the tensors here are planar.",
    "RMSprop: tfjs has epsilon inside the root. Centered, it subtracts epsilon where Keras adds it, so it was run with -epsilon.",
    "Adam: tfjs adds epsilon to the root of v / (1 - beta2^t), Keras to that of v, so step t was run with epsilon / sqrt(1 - beta2^t).",
  ),
  conv2d: convolutionGoldens(),
  batchNorm: batchNormGoldens(),
  maxPool2d: poolGoldens(),
  dense: denseGoldens(),
  ...activationGoldens(),
  rmsprop: rmspropGoldens(),
  adam: adamGoldens(),
  sgd: sgdGoldens(),
};
write("ops.json", ops);

readUnchecked();
const trajectories: TrajectoryGoldens = {
  source: source(
    "RMSprop: epsilon inside the root. Adam: epsilon / sqrt(1 - beta2^t) at step t, as in ops.json.",
    "Penalties: l1 * sum |w| + l2 * sum w^2 over kernels, added to the loss that is differentiated.",
    "Sensitivity: the same with every pixel moved by 1e-7, up or down at random.",
  ),
  setup,
  trajectories: trajectoryGoldens(),
};
write("trajectories.json", trajectories);

const rnetSource = source(
  "RMSprop of tfjs: epsilon inside the root, w -= learningRate * g / sqrt(v + epsilon), as Keras since 2.11.",
  "Sensitivity: the same with every pixel moved by 1e-7, up or down at random.",
);
const steps = rnetGoldens(rnetOptimizer, rnetSource);
write("rnet-one-step.json", steps(1));
write("rnet-ten-steps.json", steps(rnetSetup.steps));
const smallSteps = rnetGoldens({ ...rnetOptimizer, learningRate: smallLearningRate }, rnetSource);
write("rnet-ten-small-steps.json", smallSteps(rnetSetup.steps));
