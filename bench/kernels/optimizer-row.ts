/** A row of an optimizer: one update of parameters that start anywhere. */
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { type Slot, wholeSlot } from "../../src/gpu/tensor.ts";
import type { Optimizer } from "../../src/nn/optimizers/optimizer.ts";
import { inputOf, randomInput } from "./inputs.ts";
import { rNetParameters } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

interface OptimizerRow {
  readonly op: string;
  /** What the label says of its options, if anything. */
  readonly options?: string;
  readonly learningRate: number;
  readonly optimizer: (parameters: Slot) => Optimizer;
  /** The parameters "w" and the state after one update, from the definition. */
  readonly expected: (start: Float64Array, gradient: Float64Array) => ReadonlyMap<string, Float64Array>;
}

/** Updates of all of R-Net's parameters at once, and of an odd number. */
export const optimizerRows = (row: OptimizerRow, shapes: Shapes): BenchRow[] =>
  [
    { name: "R-Net's parameters", size: rNetParameters(shapes) },
    { name: "odd", size: 10012 },
  ].map(({ name, size }) => ({
    op: row.op,
    label: `update ${name}, ${row.options === undefined ? "" : `${row.options}, `}[${size}]`,
    open: () => open(row, name, size),
  }));

function open({ learningRate, optimizer, expected }: OptimizerRow, name: string, size: number): OpenRow {
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
          const own = optimizer(tensor.slot);
          own.update(program, tensor.slot, gradient.tensor.slot, step);
          return { phase: "update", outputs: new Map([["w", wholeSlot(tensor.slot)], ...own.state]) };
        },
      },
    ],
    expected: () => expected(start.values, gradient.values),
    tolerance: tolerances.short,
    prepare: (device) => writeStep(device, step, { index: 0, batchStart: 0, learningRate }),
  };
}
