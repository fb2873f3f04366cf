/** What a checkpoint holds: weights, optimizer state and counters, as the tensors and metadata of a .safetensors file. */
import { z } from "zod";
import { DataError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { sizeOf } from "../shape.ts";
import type { BestEpoch } from "./callbacks/best-epoch.ts";
import { type CallbackState, callbackStateSchema, initialCallbacks } from "./callbacks/callbacks.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Sequential } from "./sequential.ts";

/** Where training stands. */
export interface Progress {
  /** Epochs finished. */
  readonly epoch: number;
  /** Optimizer steps since the start. */
  readonly step: number;
  /** Steps of the unfinished epoch; 0 between epochs. */
  readonly stepOfEpoch: number;
  readonly best: BestEpoch | null;
  readonly callbacks: CallbackState;
}

export interface Checkpoint {
  readonly progress: Progress;
  /**
   * Parameters and moving statistics; `optimizer.<parameter>.<slot>`; `epoch.predictions` of an unfinished epoch;
   * `earlyStopping.<parameter>`, the weights that early stopping is to bring back.
   */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

const optimizerPrefix = "optimizer.";
export const restoredPrefix = "earlyStopping.";
const notWeights = [optimizerPrefix, restoredPrefix, "epoch."];

/** Only the weights and moving statistics of a checkpoint. */
export const weightsOf = (tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> =>
  new Map([...tensors].filter(([name]) => !notWeights.some((prefix) => name.startsWith(prefix))));

/** Reads the optimizer's state, parameter by parameter. */
export async function readOptimizer(
  device: Device,
  model: Sequential,
  optimizer: Optimizer,
): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const [slot, state] of optimizer.state) {
    const all = await device.read(state);
    for (const { name, tensor, trainable } of model.parameters.values()) {
      if (!trainable) continue;
      const start = tensor.offset / 4;
      const data = all.slice(start, start + sizeOf(tensor.shape));
      tensors.set(`${optimizerPrefix}${name}.${slot}`, { shape: tensor.shape, data });
    }
  }
  return tensors;
}

/** Writes the optimizer's state. @throws DataError naming what `source` lacks. */
export function writeOptimizer(
  device: Device,
  model: Sequential,
  optimizer: Optimizer,
  tensors: ReadonlyMap<string, HostTensor>,
  source: string,
): void {
  for (const [slot, state] of optimizer.state) {
    const all = new Float32Array(sizeOf(state.shape));
    for (const { name, tensor, trainable } of model.parameters.values()) {
      if (!trainable) continue;
      const value = tensors.get(`${optimizerPrefix}${name}.${slot}`);
      if (!value || value.data.length !== sizeOf(tensor.shape)) {
        throw new DataError(
          `${source}: expected the optimizer's ${optimizerPrefix}${name}.${slot}, got none. ` +
            "It was written by another optimizer or as weights only: start from it with --init-from.",
        );
      }
      all.set(value.data, tensor.offset / 4);
    }
    device.write(state, all);
  }
}

export const progressMetadata = ({ epoch, step, stepOfEpoch, best, callbacks }: Progress): Record<string, string> => ({
  epoch: String(epoch),
  step: String(step),
  stepOfEpoch: String(stepOfEpoch),
  best: JSON.stringify(best),
  callbacks: JSON.stringify(callbacks),
});

/** Checkpoints from before there were callbacks have none, and none had acted. */
const callbacksSchema = callbackStateSchema.default(initialCallbacks);
const bestSchema = z.nullable(z.strictObject({ epoch: z.int().positive(), valLoss: z.number() }));

/** @throws DataError if the counters are missing or are no numbers. */
export function parseProgress(metadata: Readonly<Record<string, string>>, source: string): Progress {
  const refuse = (name: string) =>
    new DataError(
      `${source}: expected the counter "${name}" of a run's checkpoint, got ${metadata[name] ?? "none"}. ` +
        "A file of weights only can be started from with --init-from.",
    );
  const counter = (name: string): number => {
    const text = metadata[name] ?? "";
    if (!/^\d+$/.test(text)) throw refuse(name);
    return Number(text);
  };
  const counters = { epoch: counter("epoch"), step: counter("step"), stepOfEpoch: counter("stepOfEpoch") };
  const best = bestSchema.safeParse(parseJson(metadata["best"]));
  if (!best.success) throw refuse("best");
  const { callbacks: saved } = metadata;
  const callbacks = callbacksSchema.safeParse(saved === undefined ? undefined : (parseJson(saved) ?? null));
  if (!callbacks.success) throw refuse("callbacks");
  return { ...counters, best: best.data, callbacks: callbacks.data };
}

function parseJson(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
