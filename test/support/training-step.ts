/** One training step whose parameters stay: what it predicts, its gradients, and the moving statistics after it. */
import type { Device } from "../../src/gpu/device.ts";
import type { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { type Slot, type Tensor, wholeSlot } from "../../src/gpu/tensor.ts";
import { DeviceDataset, type ImagesAndLabels } from "../../src/nn/device-dataset.ts";
import type { Optimizer } from "../../src/nn/optimizers/optimizer.ts";
import type { Sequential } from "../../src/nn/sequential.ts";
import { recordTrainStep } from "../../src/nn/train-step.ts";
import { sizeOf } from "../../src/shape.ts";

/** Stands where the optimizer does; the parameters stay. */
class GradientKeeper implements Optimizer {
  readonly state = new Map<string, Tensor>();
  gradients: Tensor | undefined;
  update(_program: Program, _parameters: Slot, gradients: Slot): void {
    this.gradients = wholeSlot(gradients);
  }
}

export interface Step {
  readonly predictions: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly moving: ReadonlyMap<string, Float32Array>;
}

/** From the initial values of seed 1, on all images as one batch. */
export async function runStep(
  device: Device,
  model: Sequential,
  source: ImagesAndLabels,
  fuse: boolean,
): Promise<Step> {
  const batch = source.labels.length / source.outputs.length;
  const data = DeviceDataset.upload(device, source, batch);
  const step = stepTensor();
  model.initialize(device, 1);
  data.setOrder(
    device,
    Uint32Array.from({ length: batch }, (_, i) => i),
  );
  writeStep(device, step, { index: 0, batchStart: 0, learningRate: 0 });
  const optimizer = new GradientKeeper();
  const program = await recordTrainStep({ model, optimizer, data, step, seed: 0, fuse }, batch).finish(device);
  program.run();
  const all = await device.read(optimizer.gradients!);
  const values = await model.read(device);
  program.destroy();
  const trainable = [...model.parameters.values()].filter((parameter) => parameter.trainable);
  return {
    predictions: await data.readPredictions(device, batch),
    gradients: new Map(
      trainable.map(({ name, tensor: { offset, shape } }) => [
        name,
        all.subarray(offset / 4, offset / 4 + sizeOf(shape)),
      ]),
    ),
    moving: new Map(
      [...values].filter(([name]) => name.includes(".moving")).map(([name, value]) => [name, value.data]),
    ),
  };
}
