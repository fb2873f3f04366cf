import source from "../../../shaders/sgd.wgsl?raw";
import stepSource from "../../../shaders/step.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import { pinned, type Slot, type Tensor, wholeSlot } from "../../gpu/tensor.ts";
import { requireShare, sizeOfParameters } from "./checks.ts";
import type { Optimizer } from "./optimizer.ts";

const kernel = defineKernel("sgd", source, [stepSource]);

export interface SgdOptions {
  readonly momentum?: number;
  /** Nesterov's acceleration; at momentum 0 it changes nothing. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with Keras's defaults; the learning rate comes with each step. shaders/sgd.wgsl. */
export class Sgd implements Optimizer {
  /** Empty at momentum 0. */
  readonly state: ReadonlyMap<"momentum", Tensor>;
  readonly #options: Required<SgdOptions>;

  /** @param parameters the slot that holds the parameters. @throws UsageError if momentum is out of range. */
  constructor(parameters: Slot, { momentum = 0, nesterov = false }: SgdOptions = {}) {
    requireShare("SGD", "momentum", momentum);
    this.#options = { momentum, nesterov };
    this.state = new Map(momentum > 0 ? [["momentum", pinned("momentum", [parameters.bytes / 4])]] : []);
  }

  update(program: Program, parameters: Slot, gradients: Slot, step: Tensor): void {
    const size = sizeOfParameters("SGD", parameters);
    const m = this.state.get("momentum");
    program.within("", "update", () => {
      program.launch(kernel, m ? "accelerated" : "plain", {
        constants: { size, ...this.#options },
        bindings: { step, w: wholeSlot(parameters), g: wholeSlot(gradients), ...(m && { m }) },
        workgroups: gridOver(size / 4),
        flops: (m ? 6 : 2) * size,
      });
    });
  }
}
