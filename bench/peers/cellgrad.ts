import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/device.node.ts";
import { Program } from "../../src/gpu/program.ts";
import type { ReadyProgram } from "../../src/gpu/ready-program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { mse } from "../../src/kernels/mse.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { rNet } from "../../src/nn/models/rnet.ts";
import { Rmsprop } from "../../src/nn/optimizers/rmsprop.ts";
import { gatherGradients } from "../../src/nn/train-step.ts";
import { made, type Peer, type Problem } from "./peer.ts";

/** The engine of this project, fed with the batches that the other peers get. */
export class Cellgrad implements Peer {
  readonly name = "cellgrad";
  readonly version = "0.1.0";
  #device: Device | undefined;
  #problem: Problem | undefined;
  #program: ReadyProgram | undefined;
  #loss: Tensor | undefined;
  readonly #step = stepTensor();
  #inputs: { images: Tensor; labels: Tensor } | undefined;

  async open(): Promise<void> {
    this.#device = (await openDevice()).device;
  }

  async prepare(problem: Problem): Promise<void> {
    const device = made(this.#device, "open");
    const { batch, size, outputs, padding } = problem;
    const model = rNet({ inputShape: [1, size, size], outputs, padding, dropout: 0 });
    model.write(device, problem.weights, "problem");
    const images = pinned("images", [batch, 1, size, size]);
    const labels = pinned("labels", [batch, outputs]);
    const program = new Program("peer step");
    const tape = new Tape(program);
    const prediction = model.record(tape, images, { training: true, step: this.#step, seed: 0, fuse: true });
    const loss = program.keep(tape.apply(mse, [prediction, labels] as const, {}));
    const gradients = gatherGradients(program, model, tape.backward(loss));
    new Rmsprop(model.trainableSlot).update(program, model.trainableSlot, gradients, this.#step);
    this.#program = await program.finish(device);
    [this.#problem, this.#inputs, this.#loss] = [problem, { images, labels }, loss];
  }

  async step(index: number): Promise<void> {
    const device = made(this.#device, "open");
    const { batches, learningRate } = made(this.#problem, "prepare");
    const { images, labels } = made(this.#inputs, "prepare");
    const batch = batches[index % batches.length];
    device.write(images, batch.images);
    device.write(labels, batch.labels);
    writeStep(device, this.#step, { index, batchStart: 0, learningRate });
    made(this.#program, "prepare").run();
    await device.settled();
  }

  async loss(): Promise<number> {
    const [value] = await made(this.#program, "prepare").read(made(this.#loss, "prepare"));
    return value;
  }

  close(): Promise<void> {
    this.#device?.destroy();
    return Promise.resolve();
  }
}
