import source from "../../../shaders/rmsprop.wgsl?raw";
import stepSource from "../../../shaders/step.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import { pinned, type Slot, type Tensor, wholeSlot } from "../../gpu/tensor.ts";
import { requireEpsilon, requireShare, sizeOfParameters } from "./checks.ts";
import type { Optimizer } from "./optimizer.ts";

const kernel = defineKernel("rmsprop", source, [stepSource]);

export interface RmspropOptions {
  /** Decay of the running means. */
  readonly rho?: number;
  readonly momentum?: number;
  readonly epsilon?: number;
  /** Divide by the gradient's deviation instead of its root mean square. */
  readonly centered?: boolean;
  /** Keras has epsilon inside the root from version 2.11 on; before, outside, but inside where there is momentum. */
  readonly epsilonPlacement?: "inside" | "outside";
}

/** RMSprop (Hinton, 2012) with Keras's defaults; the learning rate comes with each step. shaders/rmsprop.wgsl. */
export class Rmsprop implements Optimizer {
  readonly state: ReadonlyMap<string, Tensor>;
  readonly #options: Required<RmspropOptions>;
  readonly #entryPoint: "plain" | "full";

  /** @param parameters the slot that holds the parameters. @throws UsageError if a number is out of range. */
  constructor(parameters: Slot, options: RmspropOptions = {}) {
    this.#options = { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false, epsilonPlacement: "inside", ...options };
    requireShare("RMSprop", "rho", this.#options.rho);
    requireShare("RMSprop", "momentum", this.#options.momentum);
    requireEpsilon("RMSprop", this.#options.epsilon);
    this.#entryPoint = this.#options.momentum > 0 || this.#options.centered ? "full" : "plain";
    const slots = this.#entryPoint === "full" ? ["meanSquare", "momentum", "meanGradient"] : ["meanSquare"];
    this.state = new Map(slots.map((name) => [name, pinned(name, [parameters.bytes / 4])]));
  }

  update(program: Program, parameters: Slot, gradients: Slot, step: Tensor): void {
    const { rho, momentum, epsilon, centered, epsilonPlacement } = this.#options;
    const size = sizeOfParameters("RMSprop", parameters);
    const [v, m, mg] = [...this.state.values()];
    program.within("", "update", () => {
      program.launch(kernel, this.#entryPoint, {
        constants: { size, rho, momentum, epsilon, centered, inside: epsilonPlacement === "inside" || momentum > 0 },
        bindings: {
          step,
          w: wholeSlot(parameters),
          g: wholeSlot(gradients),
          ...(v && { v }),
          ...(m && { m }),
          ...(mg && { mg }),
        },
        workgroups: gridOver(size / 4),
        flops: 8 * size,
      });
    });
  }
}
