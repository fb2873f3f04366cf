import type { Program } from "../../gpu/program.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { ConvGeometry } from "./geometry.ts";

/** A way to compute the gradients of a convolution's weights and bias. */
export interface WeightGradient {
  readonly name: string;
  /** Whether x may be a batch normalisation left undone. */
  readonly normalises: boolean;
  record(
    program: Program,
    g: ConvGeometry,
    tensors: { readonly x: Tensor; readonly dy: Tensor; readonly dw: Tensor; readonly db: Tensor },
  ): void;
}
