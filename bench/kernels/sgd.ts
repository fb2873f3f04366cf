import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { wholeSlot } from "../../src/gpu/tensor.ts";
import { Sgd } from "../../src/nn/optimizers/sgd.ts";
import { sgd as reference } from "../../test/reference/sgd.ts";
import { inputOf, randomInput } from "./inputs.ts";
import { rNetParameters } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Updates of all of R-Net's parameters at once, and of an odd number. */
export const sgdRows = (shapes: Shapes): BenchRow[] => [
  rowOf("R-Net's parameters", rNetParameters(shapes), 0),
  rowOf("R-Net's parameters", rNetParameters(shapes), 0.9),
  rowOf("odd", 10012, 0.9),
];

const learningRate = 1e-2;

const rowOf = (name: string, size: number, momentum: number): BenchRow => ({
  op: "sgd",
  label: `update ${name}, momentum ${momentum}, [${size}]`,
  open: () => open(name, size, momentum),
});

function open(name: string, size: number, momentum: number): OpenRow {
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
          const optimizer = new Sgd(tensor.slot, { momentum });
          optimizer.update(program, tensor.slot, gradient.tensor.slot, step);
          return { phase: "update", outputs: new Map([["w", wholeSlot(tensor.slot)], ...optimizer.state]) };
        },
      },
    ],
    expected: () => {
      const options = { learningRate, momentum, nesterov: false };
      const { w, velocity } = reference(start.values, gradient.values, new Float64Array(size), options);
      return new Map([["w", w], ...(momentum > 0 ? ([["momentum", velocity]] as const) : [])]);
    },
    tolerance: tolerances.short,
    prepare: (device) => writeStep(device, step, { index: 0, batchStart: 0, learningRate }),
  };
}
