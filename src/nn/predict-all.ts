import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { writeStep } from "../gpu/step.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { DeviceDataset } from "./device-dataset.ts";
import { Pacer } from "./pacer.ts";

/** Runs an evaluation Program over images in batches and reads all predictions; steps, by which dropout draws, count up. */
export async function predictAll(
  device: Device,
  evaluation: ReadyProgram,
  data: DeviceDataset,
  step: Tensor,
  indices: Uint32Array,
  batch: number,
  firstStep = 0,
): Promise<Float32Array<ArrayBuffer>> {
  const runs = Math.ceil(indices.length / batch);
  data.setOrder(device, indices, runs * batch);
  const pacer = new Pacer(device);
  for (let run = 0; run < runs; run++) {
    writeStep(device, step, { index: firstStep + run, batchStart: run * batch, learningRate: 0 });
    evaluation.run();
    await pacer.submitted();
  }
  return data.readPredictions(device, indices.length);
}
