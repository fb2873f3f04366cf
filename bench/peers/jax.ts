import type * as Jax from "@jax-js/jax";
import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { installedVersion, installWebGpu } from "./globals.ts";
import { jaxInference } from "./jax-network.ts";
import { jaxStep } from "./jax-step.ts";
import type { JaxState } from "./jax-step.ts";
import { made } from "./peer.ts";
import type { Peer, Problem } from "./peer.ts";
import { submittedWorkDone } from "./wait.ts";

/** Runs one step; gives its loss or its predictions when the device has done all of it. */
type Step = (index: number) => Promise<Jax.Array>;

/** jax-js: a step as one jitted function: forward, backward and update, or forward alone. */
export class JaxPeer implements Peer {
  readonly version = installedVersion("@jax-js/jax");
  #jax: typeof Jax | undefined;
  #step: Step | undefined;
  #result: Jax.Array | undefined;

  async open(request: AdapterRequest): Promise<AdapterDescription> {
    const adapter = await installWebGpu(request);
    const jax = await import("@jax-js/jax");
    const opened = await jax.init("webgpu");
    if (!opened.includes("webgpu")) throw new Error(`jax-js: expected backend webgpu, got ${opened.join(", ")}`);
    jax.defaultDevice("webgpu");
    this.#jax = jax;
    return adapter;
  }

  async prepare(problem: Problem): Promise<void> {
    const prepareStep = problem.task === "training" ? trainingStep : inferenceStep;
    this.#step = await prepareStep(made(this.#jax, "open"), problem);
  }

  async step(index: number): Promise<void> {
    this.#result?.dispose();
    this.#result = await made(this.#step, "prepare")(index);
  }

  async values(): Promise<ArrayLike<number>> {
    const data: unknown = await made(this.#result, "step").ref.data();
    if (!(data instanceof Float32Array)) throw new Error("jax-js: expected values in float32");
    return data;
  }

  close(): Promise<void> {
    made(this.#jax, "open").getWebGPUDevice().destroy();
    return Promise.resolve();
  }
}

async function trainingStep(jax: typeof Jax, problem: Problem): Promise<Step> {
  const { size, batch, outputs, padding, learningRate } = problem;
  const batches = problem.batches.map(({ images, labels }) => ({
    images: array(jax, images, [batch, 1, size, size]),
    labels: array(jax, labels, [batch, outputs]),
  }));
  const step = jaxStep(jax, padding, learningRate);
  let state = initialState(jax, problem);
  await jax.blockUntilReady([state, batches]);
  return async (index) => {
    const { images, labels } = batches[index % batches.length];
    // The state is given away and comes back new; `.ref` keeps the batch for later steps.
    const [next, loss] = step(state, images.ref, labels.ref);
    state = next;
    await loss.ref.gpuBuffer(); // compiles what is new and submits the step, of which all results are one piece
    await submittedWorkDone(jax.getWebGPUDevice().queue);
    return loss;
  };
}

async function inferenceStep(jax: typeof Jax, problem: Problem): Promise<Step> {
  const { size, batch, padding, batches } = problem;
  const { weights, statistics } = initialState(jax, problem);
  await jax.blockUntilReady([weights, statistics]);
  const forward = jaxInference(jax, padding);
  return async (index) => {
    const images = array(jax, batches[index % batches.length].images, [batch, 1, size, size]);
    const predictions = forward(jax.tree.ref(weights), jax.tree.ref(statistics), images);
    const value = predictions.ref.data();
    await submittedWorkDone(jax.getWebGPUDevice().queue);
    await value;
    return predictions;
  };
}

function initialState(jax: typeof Jax, { weights }: Problem): JaxState {
  const state: JaxState = { weights: {}, statistics: {}, squares: {} };
  for (const [name, { shape, data }] of weights) {
    const isStatistic = name.includes(".moving");
    state[isStatistic ? "statistics" : "weights"][name] = array(jax, data, shape);
    if (!isStatistic) state.squares[name] = array(jax, new Float32Array(data.length), shape);
  }
  return state;
}

const array = (jax: typeof Jax, data: Float32Array<ArrayBuffer>, shape: readonly number[]): Jax.Array =>
  jax.numpy.array(data, { shape: [...shape] });
