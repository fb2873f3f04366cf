/**
 * Reverse-mode differentiation of a recording. Each op that is applied leaves an entry on the tape; `backward` walks
 * the tape from the end and records the chain rule. A tensor that was used twice sums its gradients.
 */
import type { Program } from "../gpu/program.ts";
import { pinned, type Tensor } from "../gpu/tensor.ts";
import { ShapeError } from "../errors.ts";
import { add } from "../kernels/add.ts";
import type { Op } from "../kernels/op.ts";
import { sizeOf } from "../shape.ts";

interface Entry {
  readonly layer: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Records the op's backward launches: one gradient an input, null where there is none. */
  readonly backward: (dy: Tensor, needs: readonly boolean[]) => readonly (Tensor | null)[];
}

export class Tape {
  readonly program: Program;
  readonly #entries: Entry[] = [];
  readonly #watched = new Set<Tensor>();
  #layer = "";

  constructor(program: Program) {
    this.program = program;
  }

  /** Asks for the gradient of this tensor: a parameter, or an input that a test differentiates by. */
  watch<Watched extends Tensor>(tensor: Watched): Watched {
    this.#watched.add(tensor);
    return tensor;
  }

  /** Ops applied within `record` belong to this layer. */
  within<Result>(layer: string, record: () => Result): Result {
    const outer = this.#layer;
    this.#layer = layer;
    try {
      return this.program.within(layer, "forward", record);
    } finally {
      this.#layer = outer;
    }
  }

  /** Records an op's forward launches and remembers how to go back through it. */
  apply<Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options>(
    op: Op<Inputs, Saved, Options>,
    inputs: Inputs,
    options: Options,
  ): Tensor {
    const { output, saved } = op.forward(this.program, inputs, options);
    this.#entries.push({
      layer: this.#layer,
      inputs,
      output,
      backward: (dy, needs) => op.backward(this.program, dy, { inputs, output, saved, needs }, options),
    });
    return output;
  }

  /**
   * Records the backward launches of everything that leads to `loss`.
   *
   * @returns the gradient of each watched tensor that the loss depends on.
   * @throws ShapeError if the loss is not a single number.
   */
  backward(loss: Tensor): Map<Tensor, Tensor> {
    if (sizeOf(loss.shape) !== 1) {
      throw new ShapeError(`backward: expected a loss of one element, got shape [${loss.shape.join(", ")}]`);
    }
    const gradients = new Map<Tensor, Tensor>([[loss, pinned("one", [1], "f32", new Float32Array([1]))]]);
    this.backpropagate(gradients);
    return new Map([...gradients].filter(([tensor]) => this.#watched.has(tensor)));
  }

  /** Walks the tape in reverse from given gradients of its outputs; adds those of all that they depend on. */
  backpropagate(gradients: Map<Tensor, Tensor>): void {
    const differentiable = this.#differentiable();
    for (const entry of [...this.#entries].reverse()) {
      const dy = gradients.get(entry.output);
      if (!dy || !differentiable.has(entry.output)) continue;
      this.program.within(entry.layer, "backward", () => this.#goThrough(entry, dy, differentiable, gradients));
    }
  }

  #goThrough(entry: Entry, dy: Tensor, differentiable: ReadonlySet<Tensor>, gradients: Map<Tensor, Tensor>): void {
    const needs = entry.inputs.map((input) => differentiable.has(input));
    entry.backward(dy, needs).forEach((gradient, i) => {
      const input = entry.inputs[i];
      if (!gradient || !input || !needs[i]) return;
      const earlier = gradients.get(input);
      gradients.set(input, earlier ? add(this.program, earlier, gradient) : gradient);
    });
  }

  /** The watched tensors and all that depends on them. */
  #differentiable(): Set<Tensor> {
    const reached = new Set(this.#watched);
    for (const { inputs, output } of this.#entries) {
      if (inputs.some((input) => reached.has(input))) reached.add(output);
    }
    return reached;
  }
}
