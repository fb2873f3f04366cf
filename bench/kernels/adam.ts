import { Adam } from "../../src/nn/optimizers/adam.ts";
import { adam as reference, adamState } from "../../test/reference/adam.ts";
import { optimizerRows } from "./optimizer-row.ts";
import type { BenchRow, Shapes } from "./row.ts";

const learningRate = 1e-3;
const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

export const adamRows = (shapes: Shapes): BenchRow[] =>
  optimizerRows(
    {
      op: "adam",
      learningRate,
      optimizer: (parameters) => new Adam(parameters, options),
      expected: (start, gradient) => {
        const { w, state } = reference(start, gradient, adamState(start.length), { ...options, learningRate });
        return new Map([
          ["w", w],
          ["mean", state.mean],
          ["meanSquare", state.meanSquare],
        ]);
      },
    },
    shapes,
  );
