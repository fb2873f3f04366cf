/** The contract between an op and the autograd. */
import type { Program } from "../gpu/program.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** What backward may look at. */
export interface BackwardContext<Inputs extends readonly Tensor[], Saved extends readonly Tensor[]> {
  readonly inputs: Inputs;
  readonly output: Tensor;
  readonly saved: Saved;
  /** Which inputs' gradients somebody asks for; the others may be null. */
  readonly needs: readonly boolean[];
}

/**
 * A differentiable operation: all that the autograd knows of one. Both directions *record* launches; the tuple types
 * make a forgotten gradient a compile error.
 */
export interface Op<Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options> {
  readonly name: string;
  /** Checks shapes (ShapeError), records the launches, and keeps in `saved` what backward will read. */
  forward(program: Program, inputs: Inputs, options: Options): { readonly output: Tensor; readonly saved: Saved };
  /** The vector-Jacobian product: one gradient per input, null where none is needed or none exists. */
  backward(
    program: Program,
    dy: Tensor,
    context: BackwardContext<Inputs, Saved>,
    options: Options,
  ): { readonly [I in keyof Inputs]: Tensor | null };
}
