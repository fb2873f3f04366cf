import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { type Shape, showShape } from "../../src/shape.ts";
import { batchNorm as reference } from "../../test/reference/batchNorm.ts";
import { copiesOf, inputOf, randomBatch, randomInput, repeat, scale } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of R-Net's batch normalisations in training, with the ReLU that they take over, and of odd ones. */
export function batchNormRows(shapes: Shapes): BenchRow[] {
  const copies = copiesOf(shapes.batch, true);
  return [
    ...rNetLayers("BatchNormalization", shapes)
      .filter(({ input: [batch] }) => batch > copies) // two copies of one row have no variance
      .flatMap(({ name, input }) => rowsOf(name, input, copies)),
    ...rowsOf("odd planes", [5, 7, 13, 9], 1),
    ...rowsOf("odd features", [37, 53], 1),
  ];
}

const common = { epsilon: 1e-3, momentum: 0.99, training: true, relu: true } as const;

function rowsOf(name: string, shape: Shape, copies: number): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "batchNorm",
    label: `${pass} ${name}, ${showShape(shape)}`,
    open: () => open(problemOf(name, shape, copies)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, shape: Shape, copies: number) {
  const channels = [shape[1]];
  const x = randomBatch(`${name} x`, shape, copies);
  const gamma = randomInput(`${name} gamma`, channels, 0.5, 1.5);
  const beta = randomInput(`${name} beta`, channels);
  const moving = () => inputOf("moving", channels, new Float32Array(channels[0]).fill(1));
  const inputs = [x.tensor, gamma.tensor, beta.tensor] as const;
  return {
    inputs,
    copies,
    dy: randomBatch(`${name} dy`, shape, copies),
    // A variant moves the statistics: each has its own.
    options: () => ({ ...common, movingMean: moving().tensor, movingVariance: moving().tensor }),
    computed: () =>
      reference(x.values, x.shape, gamma.values, beta.values, {
        ...common,
        movingMean: moving().values,
        movingVariance: moving().values,
      }),
  };
}

const openForward = ({ inputs, options, computed, copies }: Problem): OpenRow => ({
  variants: [forward(batchNorm, inputs, options)],
  expected: () => new Map([["y", repeat(computed().y, copies)]]),
  tolerance: tolerances.short,
});

const names = ["dx", "dgamma", "dbeta"];

const openBackward = ({ inputs, options, computed, dy, copies }: Problem): OpenRow => ({
  variants: [backward(batchNorm, inputs, options, { dy: dy.tensor, names, wanted: names })],
  expected: () => {
    const { dx, dgamma, dbeta } = computed().backward(dy.values);
    return new Map([
      ["dx", repeat(dx, copies)],
      ["dgamma", scale(dgamma, copies)],
      ["dbeta", scale(dbeta, copies)],
    ]);
  },
  tolerance: tolerances.long,
});
