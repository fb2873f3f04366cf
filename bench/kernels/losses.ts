import { pinned } from "../../src/gpu/tensor.ts";
import { huber } from "../../src/kernels/huber.ts";
import type { Loss } from "../../src/kernels/loss.ts";
import { mae } from "../../src/kernels/mae.ts";
import { mse } from "../../src/kernels/mse.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { huber as huberReference } from "../../test/reference/huber.ts";
import { mae as maeReference } from "../../test/reference/mae.ts";
import { type LossReference, mse as mseReference } from "../../test/reference/mse.ts";
import { randomInput } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { outputs } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

type Reference = (prediction: Float64Array, target: Float64Array) => LossReference;

/** Both passes of a loss at R-Net's shape, and over more outputs. */
const rowsOfLoss =
  (loss: Loss, reference: Reference) =>
  ({ batch }: Shapes): BenchRow[] => [
    ...rowsOf(loss, reference, "R-Net's", [batch, outputs]),
    ...rowsOf(loss, reference, "odd", [37, 19]),
  ];

export const mseRows = rowsOfLoss(mse, mseReference);
export const maeRows = rowsOfLoss(mae, maeReference);
export const huberRows = rowsOfLoss(huber, huberReference);

function rowsOf(loss: Loss, reference: Reference, name: string, shape: Shape): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: loss.name,
    label: `${pass} ${name}, ${showShape(shape)}`,
    open: () => open(problemOf(loss, reference, name, shape)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(loss: Loss, reference: Reference, name: string, shape: Shape) {
  const prediction = randomInput(`${name} prediction`, shape);
  const target = randomInput(`${name} target`, shape);
  const inputs = [prediction.tensor, target.tensor] as const;
  return { loss, inputs, computed: () => reference(prediction.values, target.values) };
}

const openForward = ({ loss, inputs, computed }: Problem): OpenRow => ({
  variants: [forward(loss, inputs, () => ({}))],
  expected: () => new Map([["y", Float64Array.of(computed().loss)]]),
  tolerance: tolerances.short,
});

function openBackward({ loss, inputs, computed }: Problem): OpenRow {
  const dy = pinned("one", [1], "f32", new Float32Array([1]));
  return {
    variants: [backward(loss, inputs, () => ({}), { dy, names: ["dp", "dtarget"], wanted: ["dp"] })],
    expected: () => new Map([["dp", computed().backward().dprediction]]),
    tolerance: tolerances.short,
  };
}
