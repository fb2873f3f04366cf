/**
 * A Program is a list of kernel launches that anyone can read: recorded once, planned once, replayed at will. A
 * training step, an evaluation step, a benchmark of one op: each is a Program.
 */
import { ShapeError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import { withoutDead } from "./dead-launches.ts";
import type { Device } from "./device.ts";
import { codesOf, compile, type LaunchCode } from "./compile.ts";
import { dimensionBuffer } from "./dimension-buffer.ts";
import type { Kernel } from "./kernel.ts";
import { describe, labelOf, type Launch, type LaunchRequest, type Phase, type Recorded } from "./launch.ts";
import { Permutations } from "./permutations.ts";
import { lifetimesOf, type PlannedBuffer, planMemory } from "./plan.ts";
import { resultsOf } from "./results.ts";
import { ReadyProgram } from "./ready-program.ts";
import { type PartialSums, Sums, sumPartsKernel, sumShapeOf } from "./sums.ts";
import { type Choice, type Tuning, untuned } from "./tuning.ts";
import { bytesOf, type Dtype, type Slot, type Tensor } from "./tensor.ts";

/** Records launches; `finish` plans their memory and compiles them. */
export class Program {
  readonly name: string;
  readonly tuning: Tuning;
  readonly #choices: Choice[] = [];
  readonly #recorded: Recorded[] = [];
  readonly #kept = new Set<Slot>();
  readonly #homes = new Map<Slot, Tensor>();
  readonly #permutations = new Permutations();
  readonly #sums = new Sums();
  readonly #promised: { readonly layer: string; readonly phase: Phase; readonly tensor: Tensor }[] = [];
  #list: readonly Recorded[] | undefined;
  #layer = "";
  #phase: Phase = "data";

  /** @param tuning decides which variants of the kernels are recorded. */
  constructor(name: string, tuning: Tuning = untuned) {
    this.name = name;
    this.tuning = tuning;
  }

  /** The variants that were chosen so far. */
  get choices(): readonly Choice[] {
    return this.#choices;
  }

  /** The variant that was measured to be the fastest at this site, else the first. */
  choose<Variant extends { readonly name: string }>(site: string, variants: readonly Variant[]): Variant {
    const measured = this.tuning.measured.get(site);
    const variant = variants.find(({ name }) => name === measured) ?? variants[0];
    if (!variant) throw new ShapeError(`${site}: expected at least one variant, got none`);
    this.#choices.push({
      site,
      layer: this.#layer,
      phase: this.#phase,
      among: variants.map(({ name }) => name),
      chosen: variant.name,
    });
    return variant;
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
    this.#permutations.add(source, table, copy);
    return copy;
  }

  /** Promises sums whose parts were launched; one launch makes all that are promised, before the first is read. */
  sum(sums: PartialSums): void {
    this.#mustBeOpen();
    this.#sums.add(sums);
    const [layer, phase] = [this.#layer, this.#phase];
    this.#promised.push(...sums.outputs.map((tensor) => ({ layer, phase, tensor })));
  }

  /** Records the sums promised so far. */
  flushSums(): void {
    const placement = {
      place: (tensor: Tensor, home: Tensor) => this.place(tensor, home),
      resolve: (slot: Slot) => this.#resolve(slot),
    };
    for (const request of this.#sums.flush(placement, sumShapeOf(this.tuning))) {
      this.#recorded.push(describe(sumPartsKernel, "forward", { layer: "", phase: "backward" }, request));
    }
  }

  /** Appends a launch to the list; nothing runs. @throws ShapeError if the kernel declares no such binding or entry. */
  launch(kernel: Kernel, entryPoint: string, request: LaunchRequest): void {
    this.#mustBeOpen();
    if (this.#sums.concern(Object.values(request.bindings))) this.flushSums();
    this.#recorded.push(describe(kernel, entryPoint, { layer: this.#layer, phase: this.#phase }, request));
  }

  /** What launches of this layer and phase leave for others, or for good; sums that they only made the parts of too. */
  resultsOf(layer: string, phase: Phase): Tensor[] {
    const promised = this.#promised.filter((own) => own.layer === layer && own.phase === phase);
    const left = resultsOf(this.#recorded, { layer, phase }, (slot) => this.#homes.has(slot));
    return [...new Set([...left, ...promised.map(({ tensor }) => tensor)])];
  }

  /** The list: what the program will do, in order; launches that nobody needs are left out. Reading it ends the recording. */
  get launches(): readonly Launch[] {
    return this.#complete().map(({ launch }) => launch);
  }

  /** What each launch compiles, in order. Reading it ends the recording. */
  get codes(): readonly LaunchCode[] {
    return codesOf(this.#complete(), this.tuning);
  }

  /** The launches that make permuted copies, one a source slot, and then those recorded, without what nobody reads. */
  #complete(): readonly Recorded[] {
    if (this.#list) return this.#list;
    this.flushSums();
    const { launches, reads } = withoutDead(this.#recorded, (slot) => this.#resolve(slot).slot, this.#kept);
    const place = (copy: Tensor, home: Tensor) => this.place(copy, home);
    this.#list = [...this.#permutations.launches(({ slot }) => reads(slot), place), ...launches];
    return this.#list;
  }

  #mustBeOpen(): void {
    if (this.#list) throw new ShapeError(`program ${this.name}: expected no more launches once its list was read`);
  }

  /** Plans the memory, compiles every pipeline at once, and makes the bind groups: a run makes nothing new. */
  async finish(device: Device, onProgress?: (compiled: number, total: number) => void): Promise<ReadyProgram> {
    const recorded = this.#complete();
    const buffers = this.#allocate(device, recorded);
    const pipelines = await compile(device, this.codes, onProgress);
    const dimensions = this.tuning.bindDimensions ? dimensionBuffer(device, this.name, recorded) : undefined;
    if (dimensions)
      buffers.set({ name: "dimensions", bytes: dimensions.buffer.size, pinned: false }, dimensions.buffer);
    const steps = recorded.map((entry, i) => ({
      pipeline: pipelines[i]!,
      bindGroups: [this.#bind(device, entry, pipelines[i]!, buffers), ...(dimensions?.bind(i, pipelines[i]!) ?? [])],
      workgroups: entry.launch.workgroups,
    }));
    device.check();
    const pinnedSlots = this.#pinnedSlots(recorded);
    return new ReadyProgram(this.name, device, this.launches, steps, buffers, pinnedSlots, (tensor) =>
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
    const slotsOf = ({ request }: Recorded) =>
      Object.values(request.bindings).map(({ slot }) => this.#resolve(slot).slot);
    const kept = [...this.#kept].map((slot) => this.#resolve(slot).slot);
    const planned = planMemory(lifetimesOf(recorded.map(slotsOf), kept));
    const buffers = new Map<Slot, GPUBuffer>();
    planned.forEach(({ bytes, holds }: PlannedBuffer, i) => {
      const buffer = device.createBuffer(`${this.name}[${i}]`, bytes);
      for (const { slot } of holds) buffers.set(slot, buffer);
    });
    return buffers;
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
