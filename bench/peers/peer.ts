import type { AdapterRequest } from "../../src/gpu/adapter.node.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import type { Padding, Shape } from "../../src/shape.ts";

/** What is compared: training steps, or forward passes in evaluation mode. */
export type Task = "training" | "inference";

/** A library that can run R-Net, driven one step at a time: `open`, `prepare`, `step` …, `close`. */
export interface Peer {
  readonly version: string;
  /** Loads the library and opens its device on the adapter that is asked for; says which that is. */
  open(request: AdapterRequest): Promise<AdapterDescription>;
  /** Builds R-Net with the problem's weights and moves them to the device, for training the batches too. */
  prepare(problem: Problem): Promise<void>;
  /**
   * Training: one step on the batch `index` modulo the number of batches; resolves when the device has done all of it.
   * Inference: from that batch's images in host memory to its predictions in host memory.
   */
  step(index: number): Promise<void>;
  /**
   * Training: the mean squared error of the last step's batch, from the weights before that step's update.
   * Inference: the last step's predictions, `[B, outputs]`.
   */
  values(): Promise<ArrayLike<number>>;
  /** Destroys the device. */
  close(): Promise<void>;
}

export interface WeightData {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

export interface Batch {
  /** `[B, 1, H, W]`. */
  readonly images: Float32Array<ArrayBuffer>;
  /** `[B, outputs]`. */
  readonly labels: Float32Array<ArrayBuffer>;
}

/** What every peer runs: the same model, the same weights, the same batches. */
export interface Problem {
  readonly task: Task;
  /** Of the convolutions: "valid" is the network of the thesis's code, "same" that of its table. */
  readonly padding: Padding;
  /** Height and width of an image, in pixels. */
  readonly size: number;
  readonly batch: number;
  readonly outputs: number;
  readonly learningRate: number;
  /** By cellgrad's names and in its planar layout, moving statistics included. */
  readonly weights: ReadonlyMap<string, WeightData>;
  readonly batches: readonly Batch[];
}

/** A weight by name. @throws Error if the problem has none of that name. */
export function weightOf(problem: Problem, name: string): WeightData {
  const weight = problem.weights.get(name);
  if (weight === undefined) throw new Error(`weight: expected one of the problem's names, got "${name}"`);
  return weight;
}

/** A part of a peer that an earlier call made. @throws Error if that call is still to come. */
export function made<T>(part: T | undefined, by: "open" | "prepare" | "step"): T {
  if (part === undefined) throw new Error(`peer: expected ${by}() to be called first`);
  return part;
}
