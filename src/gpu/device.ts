/**
 * One GPUDevice with what is known of it. Counts what the engine asks of WebGPU (tests assert those counts), and turns
 * WebGPU's silent failures, uncaptured errors and a lost device, into exceptions at the next call.
 */
import { DeviceError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import { bytesOf, type Slot, type Tensor } from "./tensor.ts";
import { type Tuning, tuningFor } from "./tuning.ts";

/** What runs the kernels, as users see it. */
export interface AdapterDescription {
  readonly name: string;
  readonly vendor: string;
  readonly type: "hardware" | "software";
  /** The graphics interface below WebGPU, such as "vulkan", or "browser" where a page cannot know. */
  readonly backend: string;
  readonly driver: string;
}

/** How often each costly thing was asked of WebGPU since the device was opened. */
export interface Counters {
  buffers: number;
  bindGroups: number;
  pipelines: number;
  submits: number;
  dispatches: number;
}

/** Bytes of the buffers that the engine has made and not given back. */
export interface Memory {
  liveBytes: number;
  /** The most that were alive at once. */
  peakBytes: number;
}

/** Awaits a promise of the GPU without disturbing whoever computes it; Node and the page do it differently. */
export type Wait = <Result>(promise: Promise<Result>) => Promise<Result>;

export interface DeviceOptions {
  readonly description: AdapterDescription;
  readonly wait?: Wait;
  /** Which variants of the kernels to take; by default those known to suit the adapter. */
  readonly tuning?: Tuning;
  /** What was measured on this adapter before, unless `tuning` says so. */
  readonly measured?: Tuning["measured"];
  /** Called when the device is destroyed, to let go of what keeps the process alive. */
  readonly release?: () => void;
}

/** Storage limits that a data set or a large layer may need; asked of the adapter up to what it offers. */
const wantedLimits = ["maxStorageBufferBindingSize", "maxBufferSize"] as const;
const wantedFeatures = ["timestamp-query", "subgroups"] as const;

export class Device {
  readonly gpu: GPUDevice;
  readonly description: AdapterDescription;
  readonly counters: Counters = { buffers: 0, bindGroups: 0, pipelines: 0, submits: 0, dispatches: 0 };
  readonly memory: Memory = { liveBytes: 0, peakBytes: 0 };
  readonly wait: Wait;
  readonly tuning: Tuning;
  readonly #release: () => void;
  readonly #live = new Set<GPUBuffer>();
  readonly #buffers = new Map<Slot, GPUBuffer>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #failure: DeviceError | undefined;
  #destroyed = false;

  private constructor(gpu: GPUDevice, options: DeviceOptions) {
    this.gpu = gpu;
    this.description = options.description;
    const { subgroupMinSize: min = 0, subgroupMaxSize: max = 0 } = gpu.adapterInfo;
    const known = tuningFor(this.description, gpu.features.has("subgroups") ? { min, max } : null);
    this.tuning = options.tuning ?? { ...known, measured: options.measured ?? known.measured };
    this.wait = options.wait ?? ((promise) => promise);
    this.#release = options.release ?? (() => undefined);
    gpu.addEventListener("uncapturederror", (event) => {
      this.#failure ??= new DeviceError(`WebGPU: ${event.error.message}`);
    });
    void gpu.lost.then((info) => {
      if (this.#destroyed) return;
      this.#failure ??= new DeviceError(
        `device: expected it to stay, got lost (${info.reason}): ${info.message}. Resume from the last checkpoint.`,
      );
    });
  }

  /** Opens a device with the features and limits that the engine uses, as far as the adapter offers them. */
  static async open(adapter: GPUAdapter, options: DeviceOptions): Promise<Device> {
    const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
    const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
    return new Device(await adapter.requestDevice({ requiredLimits, requiredFeatures }), options);
  }

  /** @throws DeviceError if WebGPU has reported an error, or the device was lost, since it was opened. */
  check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#destroyed) throw new DeviceError("device: expected an open device, got one that was destroyed");
  }

  /** A buffer that every kind of binding may use. */
  createBuffer(label: string, bytes: number): GPUBuffer {
    this.check();
    if (bytes > this.gpu.limits.maxStorageBufferBindingSize) {
      throw new DeviceError(
        `${label}: expected at most ${this.gpu.limits.maxStorageBufferBindingSize} bytes, the largest binding of ` +
          `${this.description.name}, got ${bytes}. Use a smaller batch, size or data set.`,
      );
    }
    this.counters.buffers++;
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    return this.#allocate({ label, size: bytes, usage: STORAGE | UNIFORM | COPY_SRC | COPY_DST });
  }

  /** Gives a buffer's memory back. */
  destroyBuffer(buffer: GPUBuffer): void {
    if (this.#live.delete(buffer)) this.memory.liveBytes -= buffer.size;
    buffer.destroy();
  }

  #allocate(descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = this.gpu.createBuffer(descriptor);
    this.#live.add(buffer);
    this.memory.liveBytes += buffer.size;
    this.memory.peakBytes = Math.max(this.memory.peakBytes, this.memory.liveBytes);
    return buffer;
  }

  /** The buffer of a pinned slot, made on first use. @throws DeviceError for a temporary, which only its plan holds. */
  bufferOf(slot: Slot): GPUBuffer {
    if (!slot.pinned) throw new DeviceError(`${slot.name}: expected a pinned slot, got a temporary of a Program`);
    const known = this.#buffers.get(slot);
    if (known) return known;
    const buffer = this.createBuffer(slot.name, slot.bytes);
    if (slot.initial) this.gpu.queue.writeBuffer(buffer, 0, slot.initial);
    this.#buffers.set(slot, buffer);
    return buffer;
  }

  /** Gives the memory of a pinned slot back. */
  release(slot: Slot): void {
    const buffer = this.#buffers.get(slot);
    if (buffer) this.destroyBuffer(buffer);
    this.#buffers.delete(slot);
  }

  /** Does `work`, then gives back every buffer that was made meanwhile, of Programs and of pinned slots. */
  async scope<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = new Set(this.#live);
    try {
      return await work();
    } finally {
      for (const buffer of [...this.#live]) if (!before.has(buffer)) this.destroyBuffer(buffer);
      for (const [slot, buffer] of this.#buffers) if (!this.#live.has(buffer)) this.#buffers.delete(slot);
    }
  }

  /** Compiles a pipeline once per code and entry point. */
  pipeline(label: string, code: string, entryPoint: string): Promise<GPUComputePipeline> {
    const key = `${entryPoint}\n${code}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      this.counters.pipelines++;
      pipeline = this.#compile(label, code, entryPoint);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(label: string, code: string, entryPoint: string): Promise<GPUComputePipeline> {
    this.check();
    // The messages below say more than the error that WebGPU would report besides.
    this.gpu.pushErrorScope("validation");
    const module = this.gpu.createShaderModule({ label, code });
    const error = this.gpu.popErrorScope();
    try {
      return await this.wait(
        this.gpu.createComputePipelineAsync({ label, layout: "auto", compute: { module, entryPoint } }),
      );
    } catch (cause) {
      await this.wait(error);
      const { messages } = await module.getCompilationInfo();
      const lines = code.split("\n");
      const details = messages.map((m) => `line ${m.lineNum}: ${m.message}\n    ${lines[m.lineNum - 1] ?? ""}`);
      const reason = details.join("\n") || (cause instanceof Error ? cause.message : String(cause));
      throw new DeviceError(`${label}: expected WGSL that compiles, got\n${reason}`, { cause });
    }
  }

  /** Writes a pinned tensor. Shorter data leave the rest as it was. */
  write(tensor: Tensor, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): void {
    this.check();
    this.gpu.queue.writeBuffer(this.bufferOf(tensor.slot), tensor.offset, data);
  }

  /** Reads a pinned tensor of floats. */
  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.readBuffer(this.bufferOf(tensor.slot), tensor.offset, bytesOf(tensor.shape, "f32"));
    return new Float32Array(bytes, 0, sizeOf(tensor.shape));
  }

  /** Copies a range of a buffer to the host; waits for all work submitted before. */
  async readBuffer(source: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const staging = this.#allocate({
      label: "staging",
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(source, offset, staging, 0, bytes);
    this.gpu.queue.submit([encoder.finish()]);
    try {
      await this.wait(staging.mapAsync(GPUMapMode.READ));
      return staging.getMappedRange().slice(0);
    } catch (cause) {
      this.check();
      throw cause;
    } finally {
      this.destroyBuffer(staging);
      this.check();
    }
  }

  /** Waits until everything submitted is done. @throws DeviceError as `check` does. */
  async settled(): Promise<void> {
    this.check();
    await this.wait(this.gpu.queue.onSubmittedWorkDone());
    this.check();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.gpu.destroy();
    this.#release();
  }
}
