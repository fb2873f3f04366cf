import type { Program } from "../../gpu/program.ts";
import type { Slot, Tensor } from "../../gpu/tensor.ts";

/** Updates all parameters of a model at once, from gradients that lie in the same order as they do. */
export interface Optimizer {
  /** Its state by the slot's name ("meanSquare"): pinned, as long as the parameters. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** Records the update. */
  update(program: Program, parameters: Slot, gradients: Slot, step: Tensor): void;
}
