import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { dropout } from "../../src/kernels/dropout.ts";
import { streamKey, threefry, uniformOf } from "../../src/rng.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { dropout as reference } from "../../test/reference/dropout.ts";
import { randomInput } from "./inputs.ts";
import { forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** R-Net's dropouts and one over images; the backward pass is the same launch. */
export const dropoutRows = (shapes: Shapes): BenchRow[] => [
  ...rNetLayers("Dropout", shapes).map(({ name, input }) => rowOf(name, input)),
  rowOf("odd images", [3, 5, 61, 47]),
];

const rate = 0.3;
const index = 7;
const key = streamKey(1, "dropout/bench");

const rowOf = (name: string, shape: Shape): BenchRow => ({
  op: "dropout",
  label: `forward ${name}, ${showShape(shape)}`,
  open: () => open(name, shape),
});

function open(name: string, shape: Shape): OpenRow {
  const x = randomInput(`${name} x`, shape);
  const step = stepTensor();
  /** Two elements a draw, as src/kernels/dropout.ts has it. */
  const keep = x.values.map((_, i) => Number(uniformOf(threefry(key, [i >> 1, index])[i % 2]) >= Math.fround(rate)));
  return {
    variants: [forward(dropout, [x.tensor], () => ({ rate, key, step }))],
    expected: () => new Map([["y", reference(x.values, shape, rate, keep).y]]),
    tolerance: tolerances.short,
    prepare: (device) => writeStep(device, step, { index, batchStart: 0, learningRate: 0 }),
  };
}
