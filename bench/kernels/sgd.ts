import { Sgd } from "../../src/nn/optimizers/sgd.ts";
import { sgd as reference } from "../../test/reference/sgd.ts";
import { optimizerRows } from "./optimizer-row.ts";
import type { BenchRow, Shapes } from "./row.ts";

const learningRate = 1e-2;

/** Without momentum, which has no state, and with it. */
export const sgdRows = (shapes: Shapes): BenchRow[] =>
  [0, 0.9].flatMap((momentum) =>
    optimizerRows(
      {
        op: "sgd",
        options: `momentum ${momentum}`,
        learningRate,
        optimizer: (parameters) => new Sgd(parameters, { momentum }),
        expected: (start, gradient) => {
          const options = { learningRate, momentum, nesterov: false };
          const { w, velocity } = reference(start, gradient, new Float64Array(start.length), options);
          return new Map([["w", w], ...(momentum > 0 ? ([["momentum", velocity]] as const) : [])]);
        },
      },
      shapes,
    ),
  );
