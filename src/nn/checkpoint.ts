/** What a checkpoint holds: weights, optimizer state and counters, as the tensors and metadata of a .safetensors file. */
import { DataError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { sizeOf } from "../shape.ts";
import type { BestEpoch } from "./callbacks/best-epoch.ts";
import type { CallbackState } from "./callbacks/callbacks.ts";
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
