import { reshape, type Tensor } from "../gpu/tensor.ts";
import { sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";

/**
 * [N, C, H, W] as [N, C*H*W], in that order; launches nothing. Keras flattens H, W, C: import and export permute the
 * rows of the dense layer that follows.
 */
export const flatten: Op<readonly [x: Tensor], readonly [], object> = {
  name: "flatten",
  forward: (_program, [x]) => {
    const [batch = 0, ...rest] = x.shape;
    return { output: reshape(x, [batch, sizeOf(rest)]), saved: [] };
  },
  backward: (_program, dy, { inputs: [x] }) => [reshape(dy, x.shape)],
};
