import { version } from "../../src/cli/version.ts";
import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription, Device } from "../../src/gpu/device.ts";
import type { Tuning } from "../../src/gpu/tuning.ts";
import { openDevice } from "../../src/gpu/device.node.ts";
import { Program } from "../../src/gpu/program.ts";
import type { ReadyProgram } from "../../src/gpu/ready-program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { mse } from "../../src/kernels/mse.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { Rmsprop } from "../../src/nn/optimizers/rmsprop.ts";
import type { Sequential } from "../../src/nn/sequential.ts";
import { gatherGradients } from "../../src/nn/train-step.ts";
import { made, type Peer, type Problem } from "./peer.ts";

/** The tensors that a step is fed with. */
interface Inputs {
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly step: Tensor;
}

/** A recorded step. */
interface Recorded {
  readonly program: Program;
  /** The loss, or the predictions. */
  readonly result: Tensor;
}

interface Prepared {
  readonly problem: Problem;
  readonly inputs: Inputs;
  readonly program: ReadyProgram;
  readonly result: Tensor;
}

/** The engine of this project, fed with the batches that the other peers get. */
export class Cellgrad implements Peer {
  readonly version = version;
  #device: Device | undefined;
  #prepared: Prepared | undefined;
  #predictions: Float32Array | undefined;

  async open(request: AdapterRequest): Promise<AdapterDescription> {
    this.#device = (await openDevice(request)).device;
    return this.#device.description;
  }

  async prepare(problem: Problem): Promise<void> {
    const device = made(this.#device, "open");
    const { task, batch, size, outputs, padding } = problem;
    const model = rNet({ inputShape: [1, size, size], outputs, padding, dropout: 0 });
    model.write(device, problem.weights, "problem");
    const images = pinned("images", [batch, 1, size, size]);
    const inputs = { images, labels: pinned("labels", [batch, outputs]), step: stepTensor() };
    const { program, result } =
      task === "training"
        ? recordTraining(device.tuning, model, inputs)
        : recordInference(device.tuning, model, inputs);
    this.#prepared = { problem, inputs, program: await program.finish(device), result };
  }

  async step(index: number): Promise<void> {
    const device = made(this.#device, "open");
    const { problem, inputs, program, result } = made(this.#prepared, "prepare");
    const { task, batches, learningRate } = problem;
    const batch = batches[index % batches.length];
    device.write(inputs.images, batch.images);
    if (task === "training") {
      device.write(inputs.labels, batch.labels);
      writeStep(device, inputs.step, { index, batchStart: 0, learningRate });
    }
    program.run();
    if (task === "training") await device.settled();
    else this.#predictions = await program.read(result);
  }

  async values(): Promise<ArrayLike<number>> {
    const { program, result } = made(this.#prepared, "prepare");
    return this.#predictions ?? (await program.read(result));
  }

  close(): Promise<void> {
    this.#device?.destroy();
    return Promise.resolve();
  }
}

function recordTraining(tuning: Tuning, model: Sequential, { images, labels, step }: Inputs): Recorded {
  const program = new Program("peer step", tuning);
  const tape = new Tape(program);
  const prediction = model.record(tape, images, { training: true, step, seed: 0, fuse: true });
  const result = program.keep(tape.apply(mse, [prediction, labels] as const, {}));
  const gradients = gatherGradients(program, model, tape.backward(result));
  new Rmsprop(model.trainableSlot).update(program, model.trainableSlot, gradients, step);
  return { program, result };
}

function recordInference(tuning: Tuning, model: Sequential, { images, step }: Inputs): Recorded {
  const program = new Program("peer inference", tuning);
  const result = program.keep(model.record(new Tape(program), images, { training: false, step, seed: 0, fuse: true }));
  return { program, result };
}
