import { wholeSlot } from "../../src/gpu/tensor.ts";
import { regularizeGradients } from "../../src/nn/kernel-regularizer.ts";
import { modelOf, presetOf } from "../../src/nn/preset.ts";
import { kernelRegularizer as reference } from "../../test/reference/kernelRegularizer.ts";
import { inputOf, randomInput } from "./inputs.ts";
import { outputs } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

const factors = { l1: 1e-3, l2: 1e-2 };
const seed = 0;

/** Both penalties over R-Net's parameters, and over those of tiny, whose kernels fill no block. */
export const kernelRegularizerRows = ({ size }: Shapes): BenchRow[] => [
  rowOf("R-Net's parameters", "rnet", size),
  rowOf("odd", "tiny", 18),
];

const rowOf = (name: string, preset: string, imageSize: number): BenchRow => ({
  op: "kernelRegularizer",
  label: `update ${name}, ${preset} at ${imageSize} x ${imageSize}`,
  open: () => open(preset, imageSize),
});

function open(preset: string, imageSize: number): OpenRow {
  const model = modelOf({ ...presetOf(preset), size: imageSize }, outputs);
  const size = model.trainableSlot.bytes / 4;
  const gradient = randomInput(`${preset} g`, [size]);
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          // A run adds to the gradients: each variant has its own.
          const { tensor } = inputOf("g", [size], Float32Array.from(gradient.values));
          regularizeGradients(program, model, tensor.slot, factors);
          return { phase: "update", outputs: new Map([["g", wholeSlot(tensor.slot)]]) };
        },
      },
    ],
    expected: () => {
      const expected = Float64Array.from(gradient.values);
      for (const { name, tensor, initializer } of model.parameters.values()) {
        if (!name.endsWith(".weight")) continue;
        const { dw } = reference(Float64Array.from(initializer(seed, name, tensor.shape)), factors);
        dw.forEach((value, i) => (expected[tensor.offset / 4 + i] += value));
      }
      return new Map([["g", expected]]);
    },
    tolerance: tolerances.short,
    prepare: (device) => model.initialize(device, seed),
  };
}
