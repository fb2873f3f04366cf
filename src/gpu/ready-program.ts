/** A Program that is planned and compiled: what is replayed at every step. */
import { ShapeError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import type { Device } from "./device.ts";
import type { Launch, Workgroups } from "./launch.ts";
import { bytesOf, type Slot, type Tensor } from "./tensor.ts";

/** A launch as the encoder takes it. */
interface EncodedLaunch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroups: readonly GPUBindGroup[];
  readonly workgroups: Workgroups;
}

/** A Program whose memory is planned and whose pipelines are compiled. */
export class ReadyProgram {
  readonly name: string;
  readonly device: Device;
  readonly launches: readonly Launch[];
  /** Bytes of the planned temporaries. */
  readonly plannedBytes: number;
  /** What its launches touch of the device's lasting memory. */
  readonly pinnedSlots: readonly Slot[];
  readonly #steps: readonly EncodedLaunch[];
  readonly #buffers: ReadonlyMap<Slot, GPUBuffer>;
  readonly #placeOf: (tensor: Tensor) => { slot: Slot; offset: number };

  constructor(
    name: string,
    device: Device,
    launches: readonly Launch[],
    steps: readonly EncodedLaunch[],
    buffers: ReadonlyMap<Slot, GPUBuffer>,
    pinnedSlots: readonly Slot[],
    placeOf: (tensor: Tensor) => { slot: Slot; offset: number },
  ) {
    this.name = name;
    this.device = device;
    this.launches = launches;
    this.#steps = steps;
    this.#buffers = buffers;
    this.pinnedSlots = pinnedSlots;
    this.#placeOf = placeOf;
    this.plannedBytes = [...new Set(buffers.values())].reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** Encodes every launch into one command buffer and submits it once. Allocates nothing, reads nothing back. */
  run(): void {
    this.#submit(this.#steps, 1);
  }

  /**
   * Encodes some of the launches, by their place in the list and in this order, `repeats` times over into one pass, and
   * submits it once: for measurements. The others' results are what an earlier run left.
   */
  runLaunches(indices: readonly number[], repeats: number): void {
    const chosen = indices.map((index) => {
      const step = this.#steps[index];
      if (step) return step;
      throw new ShapeError(
        `program ${this.name}: expected a launch from 0 to ${this.#steps.length - 1}, got number ${index}`,
      );
    });
    this.#submit(chosen, repeats);
  }

  #submit(steps: readonly EncodedLaunch[], repeats: number): void {
    const { gpu, counters } = this.device;
    this.device.check();
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { pipeline, bindGroups, workgroups } of steps) {
        pass.setPipeline(pipeline);
        bindGroups.forEach((bindGroup, i) => pass.setBindGroup(i, bindGroup));
        pass.dispatchWorkgroups(...workgroups);
      }
    }
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    counters.submits++;
    counters.dispatches += steps.length * repeats;
  }

  /** Reads a tensor that was kept, or a pinned one, as floats. @throws ShapeError for another. */
  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.#bytes(tensor);
    return new Float32Array(bytes, 0, sizeOf(tensor.shape));
  }

  async #bytes(tensor: Tensor): Promise<ArrayBuffer> {
    const { slot, offset } = this.#placeOf(tensor);
    const buffer = this.#buffers.get(slot) ?? this.device.bufferOf(slot);
    return this.device.readBuffer(buffer, offset + tensor.offset, bytesOf(tensor.shape, tensor.dtype));
  }

  /** Gives the planned buffers back. */
  destroy(): void {
    for (const buffer of new Set(this.#buffers.values())) this.device.destroyBuffer(buffer);
  }
}
