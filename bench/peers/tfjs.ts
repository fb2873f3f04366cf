import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { installedVersion, installWebGpu } from "./globals.ts";
import { made, weightOf } from "./peer.ts";
import type { Peer, Problem } from "./peer.ts";
import { flattenedShape, isPooled, rnet } from "./rnet.ts";
import { submittedWorkDone } from "./wait.ts";

interface Library {
  readonly tf: typeof Core;
  readonly tfl: typeof Layers;
  readonly backend: WebGPUBackend;
}

interface Training {
  readonly model: Layers.Sequential;
  readonly weights: readonly Core.Variable[];
  readonly optimizer: Core.Optimizer;
  readonly batches: readonly { images: Core.Tensor4D; labels: Core.Tensor2D }[];
}

/** TensorFlow.js: a layers model and the step that its `fit` takes, without the data set and the history around it. */
export class TfjsPeer implements Peer {
  readonly name = "tfjs";
  readonly version = installedVersion("@tensorflow/tfjs-core");
  #library: Library | undefined;
  #training: Training | undefined;
  #loss: number | undefined;

  async open(): Promise<void> {
    installWebGpu();
    const tf = await import("@tensorflow/tfjs-core");
    const tfl = await import("@tensorflow/tfjs-layers");
    const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
    await tf.setBackend("webgpu");
    const backend = tf.backend();
    if (!(backend instanceof WebGPUBackend)) throw new Error(`tfjs: expected backend webgpu, got ${tf.getBackend()}`);
    this.#library = { tf, tfl, backend };
  }

  prepare(problem: Problem): Promise<void> {
    const { tf, tfl } = made(this.#library, "open");
    const model = buildModel(tfl, problem);
    for (const layer of model.layers) layer.setWeights(layerWeights(tf, layer.name, problem));
    const { size, batch, outputs, learningRate } = problem;
    const { rho, epsilon } = rnet.rmsprop;
    this.#training = {
      model,
      weights: model.trainableWeights.map((weight) => weight.read()).filter((weight) => weight instanceof tf.Variable),
      // tfjs has epsilon inside the root, as Keras has.
      optimizer: tf.train.rmsprop(learningRate, rho, 0, epsilon),
      batches: problem.batches.map(({ images, labels }) => ({
        images: tf.tensor4d(images, [batch, size, size, 1]), // with one channel NHWC and NCHW are the same bytes
        labels: tf.tensor2d(labels, [batch, outputs]),
      })),
    };
    return Promise.resolve();
  }

  async step(index: number): Promise<void> {
    const { tf, backend } = made(this.#library, "open");
    const { model, weights, optimizer, batches } = made(this.#training, "prepare");
    const { images, labels } = batches[index % batches.length];
    const meanSquaredError = (): Core.Scalar => {
      const predictions = model.apply(images, { training: true });
      if (!(predictions instanceof tf.Tensor)) throw new Error("tfjs: expected one output tensor");
      return tf.mean(tf.squaredDifference(predictions, labels));
    };
    const loss = made(optimizer.minimize(meanSquaredError, true, [...weights]) ?? undefined, "prepare");
    // tfjs submits every 15 dispatches; reading a value is its public way to submit the rest.
    const value = loss.data();
    await submittedWorkDone(backend.queue);
    [this.#loss] = await value;
    loss.dispose();
  }

  loss(): Promise<number> {
    return Promise.resolve(made(this.#loss, "step"));
  }

  close(): Promise<void> {
    made(this.#library, "open").backend.device.destroy();
    return Promise.resolve();
  }
}

function buildModel(tfl: typeof Layers, { padding, size, outputs }: Problem): Layers.Sequential {
  const { layers } = tfl;
  const model = tfl.sequential();
  const own = { activation: "relu", kernelInitializer: "zeros" } as const; // the problem's weights replace the zeros
  rnet.filters.forEach((filters, i) => {
    const input = i === 0 ? { inputShape: [size, size, 1] } : {};
    model.add(layers.conv2d({ name: `conv${i + 1}`, filters, kernelSize: 3, padding, ...own, ...input }));
    model.add(layers.batchNormalization({ name: `bn${i + 1}`, ...rnet.batchNorm }));
    if (isPooled(i)) model.add(layers.maxPooling2d({ name: `pool${i + 1}`, poolSize: [2, 2] }));
  });
  model.add(layers.flatten({ name: "flatten" }));
  rnet.units.forEach((units, i) => {
    model.add(layers.dense({ name: `dense${i + 1}`, units, ...own }));
    model.add(layers.batchNormalization({ name: `bn${rnet.filters.length + i + 1}`, ...rnet.batchNorm }));
  });
  model.add(layers.dense({ name: "output", units: outputs, kernelInitializer: "zeros" }));
  return model;
}

/** A layer's tensors in the order of its `setWeights` and in Keras's layouts. */
function layerWeights(tf: typeof Core, layer: string, problem: Problem): Core.Tensor[] {
  const tensor = (part: string): Core.Tensor => {
    const { shape, data } = weightOf(problem, `${layer}.${part}`);
    return tf.tensor(data, [...shape]);
  };
  if (layer.startsWith("bn")) return ["gamma", "beta", "movingMean", "movingVariance"].map(tensor);
  if (layer.startsWith("conv")) return [tf.transpose(tensor("weight"), [2, 3, 1, 0]), tensor("bias")];
  if (layer === "dense1") return [rowsInKerasOrder(tf, tensor("weight"), problem), tensor("bias")];
  if (layer.startsWith("dense") || layer === "output") return [tensor("weight"), tensor("bias")];
  return [];
}

/** Rows in the flatten order C, H, W to rows in the order H, W, C. */
function rowsInKerasOrder(tf: typeof Core, weight: Core.Tensor, { size, padding }: Problem): Core.Tensor {
  const [rows, units] = weight.shape;
  const planar = tf.reshape(weight, [...flattenedShape(size, padding), units]);
  return tf.reshape(tf.transpose(planar, [1, 2, 0, 3]), [rows, units]);
}
