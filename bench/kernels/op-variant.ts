/** Variants that record an op as the autograd does. */
import type { Tensor } from "../../src/gpu/tensor.ts";
import type { Op } from "../../src/kernels/op.ts";
import type { Recording, Variant } from "./row.ts";

/** Records the forward pass; its output is called y. */
export const forward = <Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options>(
  op: Op<Inputs, Saved, Options>,
  inputs: Inputs,
  options: () => Options,
): Variant => ({
  name: "default",
  record: (program) => {
    const { output } = program.within("", "forward", () => op.forward(program, inputs, options()));
    return { phase: "forward", outputs: new Map([["y", output]]) };
  },
});

export interface Gradients {
  readonly dy: Tensor;
  /** What the gradients are called, in the order of the inputs. */
  readonly names: readonly string[];
  /** Those of the row. */
  readonly wanted: readonly string[];
}

/** Records the forward and the backward pass, to time of the latter what leads to the wanted gradients. */
export const backward = <Inputs extends readonly Tensor[], Saved extends readonly Tensor[], Options>(
  op: Op<Inputs, Saved, Options>,
  inputs: Inputs,
  options: () => Options,
  { dy, names, wanted }: Gradients,
): Variant => ({
  name: "default",
  record: (program) => {
    const own = options();
    const { output, saved } = program.within("", "forward", () => op.forward(program, inputs, own));
    const needs = names.map((name) => wanted.includes(name));
    const gradients = program.within("", "backward", () =>
      op.backward(program, dy, { inputs, output, saved, needs }, own),
    );
    return chosen(gradients, names, wanted);
  },
});

function chosen(gradients: readonly (Tensor | null)[], names: readonly string[], wanted: readonly string[]): Recording {
  const named = gradients.flatMap((tensor, i) => (tensor ? [{ name: names[i], tensor }] : []));
  const outputs = new Map(named.filter(({ name }) => wanted.includes(name)).map(({ name, tensor }) => [name, tensor]));
  const aside = named.filter(({ name }) => !wanted.includes(name)).map(({ tensor }) => tensor);
  return { phase: "backward", outputs, aside };
}
