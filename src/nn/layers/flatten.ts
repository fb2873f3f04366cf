import type { Tensor } from "../../gpu/tensor.ts";
import { flatten } from "../../kernels/flatten.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Layer, LayerContext } from "../layer.ts";

/** [C, H, W] to [C*H*W]. Keras's order is H, W, C; import and export permute. */
export class Flatten implements Layer {
  readonly type = "Flatten";
  readonly stem = "flatten";
  readonly name: string | undefined;

  constructor({ name }: { readonly name?: string } = {}) {
    this.name = name;
  }

  outputShape(input: Shape): Shape {
    return [sizeOf(input)];
  }

  parameters(): readonly [] {
    return [];
  }

  macs(): number {
    return 0;
  }

  apply({ tape }: LayerContext, x: Tensor): Tensor {
    return tape.apply(flatten, [x] as const, {});
  }
}
