import { Rmsprop } from "../../src/nn/optimizers/rmsprop.ts";
import { rmsprop as reference, rmspropState } from "../../test/reference/rmsprop.ts";
import { optimizerRows } from "./optimizer-row.ts";
import type { BenchRow, Shapes } from "./row.ts";

const learningRate = 1e-3;
const options = { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false, epsilonPlacement: "inside" } as const;

export const rmspropRows = (shapes: Shapes): BenchRow[] =>
  optimizerRows(
    {
      op: "rmsprop",
      learningRate,
      optimizer: (parameters) => new Rmsprop(parameters, options),
      expected: (start, gradient) => {
        const { w, state } = reference(start, gradient, rmspropState(start.length), { ...options, learningRate });
        return new Map([
          ["w", w],
          ["meanSquare", state.meanSquare],
        ]);
      },
    },
    shapes,
  );
