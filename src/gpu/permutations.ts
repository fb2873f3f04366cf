/** Copies of weights in the order that a kernel wants, made once a run before the first launch of a Program. */
import permuteSource from "../../shaders/permute.wgsl?raw";
import { sizeOf } from "../shape.ts";
import { defineKernel } from "./kernel.ts";
import { describe, gridOver, type LaunchRequest, type Recorded } from "./launch.ts";
import { alignBytes, pinned, type Slot, type Tensor, wholeSlot } from "./tensor.ts";

/** Elements of a slot in another order. */
interface Permutation {
  readonly table: Uint32Array;
  readonly copy: Tensor;
}

const kernel = defineKernel("permute", permuteSource);
/** An index beyond every slot: the element is 0. */
const nothing = 0xffffffff;

/** What a Program's ops have asked for. */
export class Permutations {
  readonly #bySlot = new Map<Slot, Permutation[]>();

  /** @param table for each element of the copy its index in `source`; beyond it, 0. */
  add(source: Tensor, table: Uint32Array, copy: Tensor): void {
    const start = source.offset / 4;
    const end = start + sizeOf(source.shape);
    const absolute = table.map((i) => (start + i < end ? start + i : nothing));
    this.#bySlot.set(source.slot, [...(this.#bySlot.get(source.slot) ?? []), { table: absolute, copy }]);
  }

  /** One launch for each source slot of which somebody reads a copy. @param place decides where a copy lives. */
  launches(isRead: (copy: Tensor) => boolean, place: (copy: Tensor, home: Tensor) => void): Recorded[] {
    return [...this.#bySlot].flatMap(([source, all]) => {
      const permutations = all.filter(({ copy }) => isRead(copy));
      if (permutations.length === 0) return [];
      const offsets: number[] = [];
      let elements = 0;
      for (const { table } of permutations) {
        offsets.push(elements);
        elements += alignBytes(table.length * 4) / 4;
      }
      const table = new Uint32Array(elements).fill(nothing);
      permutations.forEach((permutation, i) => table.set(permutation.table, offsets[i]));
      const name = `${source.name}.permuted`;
      const joined: Tensor = {
        ...{ name, shape: [elements], dtype: "f32", offset: 0 },
        slot: { name, bytes: elements * 4, pinned: false },
      };
      permutations.forEach(({ copy }, i) => place(copy, { ...joined, offset: offsets[i]! * 4 }));
      const indices = pinned(`${source.name}.table`, [elements], "u32", table);
      const request: LaunchRequest = {
        constants: { size: elements, length: source.bytes / 4 },
        bindings: { x: wholeSlot(source), table: indices, y: joined },
        workgroups: gridOver(elements / 4),
        flops: 0,
      };
      return [describe(kernel, "forward", { layer: "", phase: "data" }, request)];
    });
  }
}
