/**
 * A Program is a list of kernel launches that anyone can read: recorded once, planned once, replayed at will. A
 * training step, an evaluation step, a benchmark of one op: each is a Program.
 */
import permuteSource from "../../shaders/permute.wgsl?raw";
import { ShapeError } from "../errors.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Device } from "./device.ts";
import { defineKernel, type Kernel, specialise } from "./kernel.ts";
import { describe, gridOver, labelOf, type Launch, type LaunchRequest, type Phase, type Recorded } from "./launch.ts";
import { type Lifetime, type PlannedBuffer, planMemory } from "./plan.ts";
import { ReadyProgram } from "./ready-program.ts";
import { alignBytes, bytesOf, type Dtype, pinned, type Slot, type Tensor, wholeSlot } from "./tensor.ts";

/** Elements of `source` in another order, to be copied once a run before the first launch. */
interface Permutation {
  readonly table: Uint32Array;
  readonly copy: Tensor;
}

/** The WGSL of one launch as it is compiled. */
export interface LaunchCode {
  readonly label: string;
  readonly code: string;
  readonly entryPoint: string;
}

const permuteKernel = defineKernel("permute", permuteSource);

/** Records launches; `finish` plans their memory and compiles them. */
export class Program {
  readonly name: string;
  readonly #recorded: Recorded[] = [];
  readonly #kept = new Set<Slot>();
  readonly #homes = new Map<Slot, Tensor>();
  readonly #permutations = new Map<Slot, Permutation[]>();
  #list: readonly Recorded[] | undefined;
  #layer = "";
  #phase: Phase = "data";

  constructor(name: string) {
    this.name = name;
  }

  /** Everything that `record` launches belongs to this layer and phase. */
  within<Result>(layer: string, phase: Phase, record: () => Result): Result {
    const outer = [this.#layer, this.#phase] as const;
    [this.#layer, this.#phase] = [layer, phase];
    try {
      return record();
    } finally {
      [this.#layer, this.#phase] = outer;
    }
  }

  /** A temporary: the plan decides where it lives. A launch must write all of it before another reads it. */
  tensor(name: string, shape: Shape, dtype: Dtype = "f32"): Tensor {
    const label = this.#layer ? `${this.#layer}.${name}` : name;
    return { name: label, shape, dtype, slot: { name: label, bytes: bytesOf(shape, dtype), pinned: false }, offset: 0 };
  }

  /** Makes a temporary readable after a run. */
  keep(tensor: Tensor): Tensor {
    this.#kept.add(tensor.slot);
    return tensor;
  }

  /** Decides where a temporary lives: its slot becomes a part of `home`'s. False if it has a place already. */
  place(tensor: Tensor, home: Tensor): boolean {
    if (tensor.slot.pinned || this.#homes.has(tensor.slot)) return false;
    this.#homes.set(tensor.slot, home);
    return true;
  }

  /**
   * A copy of a pinned tensor's elements in another order, made before the first launch of every run: all such copies
   * of one slot share a launch. A table entry beyond the tensor gives 0. @throws ShapeError if it is not pinned.
   */
  permuted(name: string, source: Tensor, table: Uint32Array): Tensor {
    this.#mustBeOpen();
    if (!source.slot.pinned) {
      throw new ShapeError(
        `program ${this.name}: expected a pinned tensor to permute, got the temporary ${source.name}`,
      );
    }
    const copy = this.tensor(name, [table.length]);
    const start = source.offset / 4;
    const end = start + sizeOf(source.shape);
    const absolute = table.map((i) => (start + i < end ? start + i : 0xffffffff));
    const others = this.#permutations.get(source.slot) ?? [];
    this.#permutations.set(source.slot, [...others, { table: absolute, copy }]);
    return copy;
  }

  /** Appends a launch to the list; nothing runs. @throws ShapeError if the kernel declares no such binding or entry. */
  launch(kernel: Kernel, entryPoint: string, request: LaunchRequest): void {
    this.#mustBeOpen();
    this.#recorded.push(describe(kernel, entryPoint, { layer: this.#layer, phase: this.#phase }, request));
  }

  /** The list: what the program will do, in order. Reading it ends the recording. */
  get launches(): readonly Launch[] {
    return this.#complete().map(({ launch }) => launch);
  }

  /** What each launch compiles, in order. Reading it ends the recording. */
  get codes(): readonly LaunchCode[] {
    return this.#complete().map(({ kernel, launch, request }) => ({
      label: labelOf(launch),
      code: specialise(kernel, launch.tunables, request.inStorage),
      entryPoint: launch.entryPoint,
    }));
  }

  /** The launches that make permuted copies, one a source slot, and then those recorded. */
  #complete(): readonly Recorded[] {
    this.#list ??= [...this.#permutationLaunches(), ...this.#recorded];
    return this.#list;
  }

  #mustBeOpen(): void {
    if (this.#list) throw new ShapeError(`program ${this.name}: expected no more launches once its list was read`);
  }

  #permutationLaunches(): Recorded[] {
    return [...this.#permutations].map(([source, permutations]) => {
      const offsets: number[] = [];
      let elements = 0;
      for (const { table } of permutations) {
        offsets.push(elements);
        elements += alignBytes(table.length * 4) / 4;
      }
      const table = new Uint32Array(elements).fill(0xffffffff);
      permutations.forEach((permutation, i) => table.set(permutation.table, offsets[i]));
      const joined = this.tensor(`${source.name}.permuted`, [elements]);
      permutations.forEach(({ copy }, i) => this.place(copy, { ...joined, offset: offsets[i]! * 4 }));
      const indices = pinned(`${source.name}.table`, [elements], "u32", table);
      const request: LaunchRequest = {
        constants: { size: elements, length: source.bytes / 4 },
        bindings: { x: wholeSlot(source), table: indices, y: joined },
        workgroups: gridOver(elements),
        flops: 0,
      };
      return describe(permuteKernel, "forward", { layer: "", phase: "data" }, request);
    });
  }

  /** Plans the memory, compiles every pipeline at once, and makes the bind groups: a run makes nothing new. */
  async finish(device: Device, onProgress?: (compiled: number, total: number) => void): Promise<ReadyProgram> {
    const recorded = this.#complete();
    const buffers = this.#allocate(device, recorded);
    const pipelines = await compile(device, this.codes, onProgress);
    const steps = recorded.map((entry, i) => ({
      pipeline: pipelines[i]!,
      bindGroup: this.#bind(device, entry, pipelines[i]!, buffers),
      workgroups: entry.launch.workgroups,
    }));
    device.check();
    const launches = recorded.map(({ launch }) => launch);
    const pinnedSlots = this.#pinnedSlots(recorded);
    return new ReadyProgram(this.name, device, launches, steps, buffers, pinnedSlots, (tensor) =>
      this.#readable(tensor),
    );
  }

  #pinnedSlots(recorded: readonly Recorded[]): Slot[] {
    const tensors = recorded.flatMap(({ request }) => Object.values(request.bindings));
    return [...new Set(tensors.map((tensor) => this.#resolve(tensor.slot).slot))].filter((slot) => slot.pinned);
  }

  #resolve(slot: Slot): { slot: Slot; offset: number } {
    const home = this.#homes.get(slot);
    if (!home) return { slot, offset: 0 };
    const outer = this.#resolve(home.slot);
    return { slot: outer.slot, offset: outer.offset + home.offset };
  }

  /** Where a tensor's bytes are after a run. @throws ShapeError for a temporary whose memory the plan may reuse. */
  #readable(tensor: Tensor): { slot: Slot; offset: number } {
    const place = this.#resolve(tensor.slot);
    if (!place.slot.pinned && !this.#kept.has(tensor.slot)) {
      throw new ShapeError(
        `program ${this.name}: expected a tensor that is pinned or kept to read, got ${tensor.name}. ` +
          "Keep it before the program is finished.",
      );
    }
    return place;
  }

  #allocate(device: Device, recorded: readonly Recorded[]): Map<Slot, GPUBuffer> {
    const planned = planMemory(this.#lifetimes(recorded));
    const buffers = new Map<Slot, GPUBuffer>();
    planned.forEach(({ bytes, holds }: PlannedBuffer, i) => {
      const buffer = device.createBuffer(`${this.name}[${i}]`, bytes);
      for (const { slot } of holds) buffers.set(slot, buffer);
    });
    return buffers;
  }

  #lifetimes(recorded: readonly Recorded[]): Lifetime[] {
    const lifetimes = new Map<Slot, Lifetime>();
    recorded.forEach(({ request }, i) => {
      for (const tensor of Object.values(request.bindings)) {
        const { slot } = this.#resolve(tensor.slot);
        if (slot.pinned) continue;
        const known = lifetimes.get(slot);
        if (known) known.last = i;
        else lifetimes.set(slot, { slot, first: i, last: i });
      }
    });
    for (const slot of this.#kept) {
      const lifetime = lifetimes.get(this.#resolve(slot).slot);
      if (lifetime) lifetime.last = Infinity;
    }
    return [...lifetimes.values()];
  }

  #bind(
    device: Device,
    entry: Recorded,
    pipeline: GPUComputePipeline,
    buffers: ReadonlyMap<Slot, GPUBuffer>,
  ): GPUBindGroup {
    device.counters.bindGroups++;
    const entries = Object.entries(entry.request.bindings).map(([name, tensor]) => {
      const { slot, offset } = this.#resolve(tensor.slot);
      const buffer = buffers.get(slot) ?? device.bufferOf(slot);
      const size = bytesOf(tensor.shape, tensor.dtype);
      const binding = entry.kernel.bindings.get(name)?.binding ?? -1;
      return { binding, resource: { buffer, offset: offset + tensor.offset, size } };
    });
    const label = labelOf(entry.launch);
    return device.gpu.createBindGroup({ label, layout: pipeline.getBindGroupLayout(0), entries });
  }
}

async function compile(
  device: Device,
  codes: readonly LaunchCode[],
  onProgress?: (compiled: number, total: number) => void,
): Promise<GPUComputePipeline[]> {
  let compiled = 0;
  const promises = codes.map(async ({ label, code, entryPoint }) => {
    const pipeline = await device.pipeline(label, code, entryPoint);
    onProgress?.(++compiled, codes.length);
    return pipeline;
  });
  return Promise.all(promises);
}
