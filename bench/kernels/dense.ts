import { dense } from "../../src/kernels/dense.ts";
import { type Pair, showShape } from "../../src/shape.ts";
import { dense as reference } from "../../test/reference/dense.ts";
import { copiesOf, randomBatch, randomInput, repeat, scale } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of R-Net's dense layers, and of an odd one. */
export function denseRows(shapes: Shapes): BenchRow[] {
  const copies = copiesOf(shapes.batch, true);
  return [
    ...rNetLayers("Dense", shapes).flatMap(({ name, weights: [inputs, outputs] }) =>
      rowsOf(name, shapes.batch, [inputs, outputs], copies),
    ),
    ...rowsOf("odd", 11, [301, 37], 1),
  ];
}

function rowsOf(name: string, batch: number, weightShape: Pair, copies: number): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "dense",
    label: `${pass} ${name}, ${showShape([batch, weightShape[0]])} * ${showShape(weightShape)}`,
    open: () => open(problemOf(name, batch, weightShape, copies)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, batch: number, weightShape: Pair, copies: number) {
  const [inputs, outputs] = weightShape;
  const x = randomBatch(`${name} x`, [batch, inputs], copies);
  const w = randomInput(`${name} w`, weightShape, -0.2, 0.2);
  const bias = randomInput(`${name} bias`, [outputs]);
  return {
    inputs: [x.tensor, w.tensor, bias.tensor] as const,
    copies,
    options: () => ({ relu: false }),
    dy: randomBatch(`${name} dy`, [batch, outputs], copies),
    computed: () => reference(x.values, [batch / copies, inputs], w.values, weightShape, bias.values),
  };
}

const openForward = ({ inputs, options, computed, copies }: Problem): OpenRow => ({
  variants: [forward(dense, inputs, options)],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const names = ["dx", "dw", "db"];

const openBackward = ({ inputs, options, computed, dy, copies }: Problem): OpenRow => ({
  variants: [backward(dense, inputs, options, { dy: dy.tensor, names, wanted: names })],
  expected: () => {
    const { dx, dw, dbias } = computed().backward(dy.values);
    return new Map([
      ["dx", repeat(dx, copies)],
      ["dw", scale(dw, copies)],
      ["db", scale(dbias, copies)],
    ]);
  },
  tolerance: tolerances.short,
});
