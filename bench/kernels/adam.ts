import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { wholeSlot } from "../../src/gpu/tensor.ts";
import { Adam } from "../../src/nn/optimizers/adam.ts";
import { adam as reference, adamState } from "../../test/reference/adam.ts";
import { inputOf, randomInput } from "./inputs.ts";
import { rNetParameters } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Updates of all of R-Net's parameters at once, and of an odd number. */
export const adamRows = (shapes: Shapes): BenchRow[] => [
  rowOf("R-Net's parameters", rNetParameters(shapes)),
  rowOf("odd", 10012),
];

const learningRate = 1e-3;
const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const rowOf = (name: string, size: number): BenchRow => ({
  op: "adam",
  label: `update ${name}, [${size}]`,
  open: () => open(name, size),
});

function open(name: string, size: number): OpenRow {
  const start = randomInput(`${name} w`, [size]);
  const gradient = randomInput(`${name} g`, [size]);
  const step = stepTensor();
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          // An update moves the parameters: each variant has its own.
          const { tensor } = inputOf("w", [size], Float32Array.from(start.values));
          const optimizer = new Adam(tensor.slot, options);
          optimizer.update(program, tensor.slot, gradient.tensor.slot, step);
          return { phase: "update", outputs: new Map([["w", wholeSlot(tensor.slot)], ...optimizer.state]) };
        },
      },
    ],
    expected: () => {
      const { w, state } = reference(start.values, gradient.values, adamState(size), { ...options, learningRate });
      return new Map([
        ["w", w],
        ["mean", state.mean],
        ["meanSquare", state.meanSquare],
      ]);
    },
    tolerance: tolerances.short,
    prepare: (device) => writeStep(device, step, { index: 0, batchStart: 0, learningRate }),
  };
}
