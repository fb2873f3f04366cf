import source from "../../../shaders/adam.wgsl?raw";
import stepSource from "../../../shaders/step.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import { pinned, type Slot, type Tensor, wholeSlot } from "../../gpu/tensor.ts";
import { requireEpsilon, requireShare, sizeOfParameters } from "./checks.ts";
import type { Optimizer } from "./optimizer.ts";

const kernel = defineKernel("adam", source, [stepSource]);

/** The least logarithm of a beta: exp of it is 0 beside 1, and it is finite where beta is 0. */
const leastLog = -100;

export interface AdamOptions {
  /** Decay of the running mean of the gradient. */
  readonly beta1?: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2?: number;
  /** Keras's: "epsilon hat" of the paper, which no bias correction scales. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba, 2015) by Keras's rule and with its defaults. The learning rate comes with each step, and the
 * number of the step too, so that a resumed training corrects the bias as one that was never stopped. shaders/adam.wgsl.
 */
export class Adam implements Optimizer {
  readonly state: ReadonlyMap<"mean" | "meanSquare", Tensor>;
  readonly #options: Required<AdamOptions>;
  readonly #mean: Tensor;
  readonly #meanSquare: Tensor;

  /** @param parameters the slot that holds the parameters. @throws UsageError if a number is out of range. */
  constructor(parameters: Slot, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: AdamOptions = {}) {
    requireShare("Adam", "beta1", beta1);
    requireShare("Adam", "beta2", beta2);
    requireEpsilon("Adam", epsilon);
    this.#options = { beta1, beta2, epsilon };
    this.#mean = pinned("mean", [parameters.bytes / 4]);
    this.#meanSquare = pinned("meanSquare", [parameters.bytes / 4]);
    this.state = new Map([
      ["mean", this.#mean],
      ["meanSquare", this.#meanSquare],
    ]);
  }

  update(program: Program, parameters: Slot, gradients: Slot, step: Tensor): void {
    const { beta1, beta2, epsilon } = this.#options;
    const size = sizeOfParameters("Adam", parameters);
    const logOf = (beta: number): number => Math.max(Math.log(beta), leastLog);
    program.within("", "update", () => {
      program.launch(kernel, "update", {
        constants: {
          ...{ size, epsilon, fresh1: 1 - beta1, fresh2: 1 - beta2 },
          ...{ logBeta1: logOf(beta1), logBeta2: logOf(beta2) },
        },
        bindings: {
          ...{ step, w: wholeSlot(parameters), g: wholeSlot(gradients) },
          ...{ m: this.#mean, v: this.#meanSquare },
        },
        workgroups: gridOver(size / 4),
        flops: 11 * size,
      });
    });
  }
}
