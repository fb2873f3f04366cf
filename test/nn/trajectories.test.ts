/**
 * Every optimizer, loss, head and option of a network against tfjs: the first update of every tensor to 1 % of its norm,
 * the losses of ten steps to 5 %. R-Net at Keras's learning rate is in trajectory.test.ts.
 */
import { describe, expect, test } from "vitest";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import { penaltyOf } from "../../src/nn/kernel-regularizer.ts";
import { lossOf } from "../../src/nn/losses.ts";
import { regressionMetrics } from "../../src/nn/metrics.ts";
import { modelOf, optimizerOf } from "../../src/nn/preset.ts";
import type { HostTensor } from "../../src/nn/safetensors.ts";
import { recordTrainStep } from "../../src/nn/train-step.ts";
import {
  initialTensors,
  loadTrajectories,
  setup,
  storedIndices,
  trajectoryCases,
  type TrajectoryCase,
  trajectoryData,
} from "../golden/trajectories.ts";
import { norm, relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";

const { batchSize, outputs, seed, steps } = setup;
const device = await openTestDevice();
const goldens = loadTrajectories();
const names = Array.from({ length: outputs }, (_, i) => `output${i}`);

interface Trained {
  readonly losses: readonly number[];
  /** After the first step. */
  readonly first: ReadonlyMap<string, HostTensor>;
}

async function train(own: TrajectoryCase): Promise<Trained> {
  const { preset } = own;
  const { size, loss, l1, l2 } = preset;
  const kernelRegularizer = { l1, l2 };
  const model = modelOf(preset, outputs);
  const { pixels, labels } = trajectoryData(own);
  const data = DeviceDataset.upload(device, { size: [size, size], pixels, labels, outputs: names }, batchSize);
  const step = stepTensor();
  const optimizer = optimizerOf(preset, model);
  const parts = { model, optimizer, data, step, seed, fuse: true, loss, kernelRegularizer, tuning: device.tuning };
  const program = await recordTrainStep(parts, batchSize).finish(device);
  model.initialize(device, seed);
  data.setOrder(
    device,
    Uint32Array.from({ length: data.count }, (_, i) => i),
  );
  const penalties: number[] = [];
  let first: ReadonlyMap<string, HostTensor> = new Map();
  for (let index = 0; index < steps; index++) {
    penalties.push(await penaltyOf(device, model, kernelRegularizer));
    const { learningRate } = preset.optimizer;
    writeStep(device, step, { index, batchStart: index * batchSize, learningRate });
    program.run();
    if (index === 0) first = await model.read(device);
  }
  const predictions = await data.readPredictions(device, steps * batchSize);
  program.destroy();
  const losses = penalties.map((penalty, i) => {
    const rows = [i * batchSize * outputs, (i + 1) * batchSize * outputs] as const;
    const [own, targets] = [predictions.subarray(...rows), labels.subarray(...rows)];
    return lossOf(loss, regressionMetrics(own, targets, names, batchSize), own, targets) + penalty;
  });
  return { losses, first };
}

test("a golden trajectory for every case, each well conditioned", () => {
  expect(goldens.setup).toEqual(setup);
  expect(goldens.trajectories.map(({ label }) => label)).toEqual(trajectoryCases.map(({ label }) => label));
  for (const { label, sensitivity } of goldens.trajectories) expect(Math.max(...sensitivity), label).toBeLessThan(0.01);
});

describe.each(trajectoryCases.map((own, i) => [own.label, own, goldens.trajectories[i]] as const))(
  "%s",
  (_, own, golden) => {
    test("one step to 1 % of every update, ten losses to 5 %", async () => {
      const { losses, first } = await train(own);
      const far = initialTensors(own).map((tensor) => {
        const update = Float64Array.from(first.get(tensor.name)!.data, (value, i) => value - tensor.values[i]);
        const { values, norm: expected } = golden.updates[tensor.name];
        const stored = Float64Array.from(storedIndices(tensor), (i) => update[i]);
        return {
          name: tensor.name,
          distance: Math.max(relativeDistance(stored, values), relativeDistance([norm(update)], [expected])),
        };
      });
      expect(far.filter(({ distance }) => !(distance < 0.01))).toEqual([]);
      const apart = losses.map((loss, i) => Math.abs(loss / golden.losses[i] - 1));
      expect(apart.filter((share) => !(share < 0.05))).toEqual([]);
    }, 120_000);
  },
);
