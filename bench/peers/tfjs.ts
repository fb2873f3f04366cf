import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { installedVersion, installWebGpu } from "./globals.ts";
import { made } from "./peer.ts";
import type { Peer, Problem } from "./peer.ts";
import { rnet } from "./rnet.ts";
import { buildModel } from "./tfjs-model.ts";
import { submittedWorkDone } from "./wait.ts";

interface Library {
  readonly tf: typeof Core;
  readonly tfl: typeof Layers;
  readonly backend: WebGPUBackend;
}

/** Runs one step and resolves with its values when the device has done all of it. */
type Step = (index: number) => Promise<ArrayLike<number>>;

/** TensorFlow.js: a layers model and the step that its `fit` takes, without the data set and the history around it. */
export class TfjsPeer implements Peer {
  readonly version = installedVersion("@tensorflow/tfjs-core");
  #library: Library | undefined;
  #step: Step | undefined;
  #values: ArrayLike<number> | undefined;

  async open(request: AdapterRequest): Promise<AdapterDescription> {
    const adapter = await installWebGpu(request);
    const tf = await import("@tensorflow/tfjs-core");
    const tfl = await import("@tensorflow/tfjs-layers");
    const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
    await tf.setBackend("webgpu");
    const backend = tf.backend();
    if (!(backend instanceof WebGPUBackend)) throw new Error(`tfjs: expected backend webgpu, got ${tf.getBackend()}`);
    this.#library = { tf, tfl, backend };
    return adapter;
  }

  prepare(problem: Problem): Promise<void> {
    const library = made(this.#library, "open");
    this.#step = problem.task === "training" ? trainingStep(library, problem) : inferenceStep(library, problem);
    return Promise.resolve();
  }

  async step(index: number): Promise<void> {
    this.#values = await made(this.#step, "prepare")(index);
  }

  values(): Promise<ArrayLike<number>> {
    return Promise.resolve(made(this.#values, "step"));
  }

  close(): Promise<void> {
    made(this.#library, "open").backend.device.destroy();
    return Promise.resolve();
  }
}

function trainingStep({ tf, tfl, backend }: Library, problem: Problem): Step {
  const { size, batch, outputs, learningRate } = problem;
  const { rho, epsilon } = rnet.rmsprop;
  const model = buildModel(tf, tfl, problem);
  const weights = model.trainableWeights
    .map((weight) => weight.read())
    .filter((weight) => weight instanceof tf.Variable);
  // tfjs has epsilon inside the root, as Keras has.
  const optimizer = tf.train.rmsprop(learningRate, rho, 0, epsilon);
  const batches = problem.batches.map(({ images, labels }) => ({
    images: tf.tensor4d(images, [batch, size, size, 1]), // with one channel NHWC and NCHW are the same bytes
    labels: tf.tensor2d(labels, [batch, outputs]),
  }));
  return async (index) => {
    const { images, labels } = batches[index % batches.length];
    const meanSquaredError = (): Core.Scalar => {
      const predictions = model.apply(images, { training: true });
      return tf.mean(tf.squaredDifference(oneTensor(tf, predictions), labels));
    };
    const loss = made(optimizer.minimize(meanSquaredError, true, [...weights]) ?? undefined, "prepare");
    // tfjs submits every 15 dispatches; reading a value is its public way to submit the rest.
    const value = loss.data();
    await submittedWorkDone(backend.queue);
    const values = await value;
    loss.dispose();
    return values;
  };
}

function inferenceStep({ tf, tfl, backend }: Library, problem: Problem): Step {
  const { size, batch, batches } = problem;
  const model = buildModel(tf, tfl, problem);
  return async (index) => {
    const predictions = tf.tidy(() => {
      const images = tf.tensor4d(batches[index % batches.length].images, [batch, size, size, 1]);
      return oneTensor(tf, model.predictOnBatch(images));
    });
    const value = predictions.data();
    await submittedWorkDone(backend.queue);
    const values = await value;
    predictions.dispose();
    return values;
  };
}

function oneTensor(tf: typeof Core, result: unknown): Core.Tensor {
  const isTensor = (value: unknown): value is Core.Tensor => value instanceof tf.Tensor;
  if (!isTensor(result)) throw new Error("tfjs: expected one output tensor");
  return result;
}
