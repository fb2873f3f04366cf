import type * as Jax from "@jax-js/jax";
import { installedVersion, installWebGpu } from "./globals.ts";
import { jaxStep } from "./jax-step.ts";
import type { JaxState, JaxStep } from "./jax-step.ts";
import { made } from "./peer.ts";
import type { Peer, Problem } from "./peer.ts";
import { submittedWorkDone } from "./wait.ts";

interface Training {
  readonly step: JaxStep;
  readonly batches: readonly { images: Jax.Array; labels: Jax.Array }[];
}

/** jax-js: the whole step, forward, backward and update, as one jitted function. */
export class JaxPeer implements Peer {
  readonly name = "jax-js";
  readonly version = installedVersion("@jax-js/jax");
  #jax: typeof Jax | undefined;
  #training: Training | undefined;
  #state: JaxState | undefined;
  #loss: Jax.Array | undefined;

  async open(): Promise<void> {
    installWebGpu();
    const jax = await import("@jax-js/jax");
    const opened = await jax.init("webgpu");
    if (!opened.includes("webgpu")) throw new Error(`jax-js: expected backend webgpu, got ${opened.join(", ")}`);
    jax.defaultDevice("webgpu");
    this.#jax = jax;
  }

  async prepare(problem: Problem): Promise<void> {
    const jax = made(this.#jax, "open");
    const { size, batch, outputs, padding, learningRate } = problem;
    const array = (data: Float32Array<ArrayBuffer>, shape: readonly number[]): Jax.Array =>
      jax.numpy.array(data, { shape: [...shape] });
    this.#state = { weights: {}, statistics: {}, squares: {} };
    for (const [name, { shape, data }] of problem.weights) {
      const isStatistic = name.includes(".moving");
      this.#state[isStatistic ? "statistics" : "weights"][name] = array(data, shape);
      if (!isStatistic) this.#state.squares[name] = array(new Float32Array(data.length), shape);
    }
    this.#training = {
      step: jaxStep(jax, padding, learningRate),
      batches: problem.batches.map(({ images, labels }) => ({
        images: array(images, [batch, 1, size, size]),
        labels: array(labels, [batch, outputs]),
      })),
    };
    await jax.blockUntilReady([this.#state, this.#training.batches]);
  }

  async step(index: number): Promise<void> {
    const jax = made(this.#jax, "open");
    const { step, batches } = made(this.#training, "prepare");
    const { images, labels } = batches[index % batches.length];
    this.#loss?.dispose();
    // The state is given away and comes back new; `.ref` keeps the batch for later steps.
    const [state, loss] = step(made(this.#state, "prepare"), images.ref, labels.ref);
    this.#state = state;
    this.#loss = loss;
    await loss.ref.gpuBuffer(); // compiles what is new and submits the step, of which all results are one piece
    await submittedWorkDone(jax.getWebGPUDevice().queue);
  }

  async loss(): Promise<number> {
    const data: unknown = await made(this.#loss, "step").ref.data();
    if (!(data instanceof Float32Array)) throw new Error("jax-js: expected a loss in float32");
    return data[0];
  }

  close(): Promise<void> {
    made(this.#jax, "open").getWebGPUDevice().destroy();
    return Promise.resolve();
  }
}
