import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { denseNorm } from "../../src/kernels/denseNorm.ts";
import { streamKey, threefry, uniformOf } from "../../src/rng.ts";
import { type Pair, showShape } from "../../src/shape.ts";
import { denseNorm as reference } from "../../test/reference/denseNorm.ts";
import { inputOf, randomInput } from "./inputs.ts";
import { backward, forward } from "./op-variant.ts";
import { rNetLayers } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Both passes of R-Net's dense layers with their normalisation and dropout, and of an odd one. */
export const denseNormRows = (shapes: Shapes): BenchRow[] => [
  ...(shapes.batch < 2 ? [] : rNetLayers("Dense", shapes)) // one row has no variance
    .filter(({ name }) => name !== "output")
    .flatMap(({ name, weights: [inputs, outputs] }) => rowsOf(name, shapes.batch, [inputs, outputs])),
  ...rowsOf("odd", 37, [201, 53]),
];

const norm = { epsilon: 1e-3, momentum: 0.99, relu: true } as const;
const rate = 0.3;
const index = 7;
const key = streamKey(1, "dropout/bench");

function rowsOf(name: string, batch: number, weightShape: Pair): BenchRow[] {
  const row = (pass: string, open: (problem: Problem) => OpenRow): BenchRow => ({
    op: "denseNorm",
    label: `${pass} ${name}, ${showShape([batch, weightShape[0]])} * ${showShape(weightShape)}`,
    open: () => open(problemOf(name, batch, weightShape)),
  });
  return [row("forward", openForward), row("backward", openBackward)];
}

type Problem = ReturnType<typeof problemOf>;

function problemOf(name: string, batch: number, weightShape: Pair) {
  const [terms, outputs] = weightShape;
  const spread = 2 / Math.sqrt(terms);
  const x = randomInput(`${name} x`, [batch, terms]);
  const w = randomInput(`${name} w`, weightShape, -spread, spread);
  const feature = (own: string, low = -1, high = 1) => randomInput(`${name} ${own}`, [outputs], low, high);
  const [bias, gamma, beta] = [feature("bias"), feature("gamma", 0.5, 1.5), feature("beta")];
  const moving = () => inputOf("moving", [outputs], new Float32Array(outputs).fill(1));
  const step = stepTensor();
  // Two elements a draw, as src/kernels/dropout.ts has it.
  const keep = Array.from({ length: batch * outputs }, (_, i) =>
    Number(uniformOf(threefry(key, [i >> 1, index])[i % 2]) >= Math.fround(rate)),
  );
  const parameters = { w: w.values, bias: bias.values, gamma: gamma.values, beta: beta.values };
  const statistics = { movingMean: moving().values, movingVariance: moving().values };
  return {
    inputs: [x.tensor, w.tensor, bias.tensor, gamma.tensor, beta.tensor] as const,
    step,
    dy: randomInput(`${name} dy`, [batch, outputs]),
    // A variant moves the statistics: each has its own.
    options: () => ({
      ...{ ...norm, movingMean: moving().tensor, movingVariance: moving().tensor },
      dropout: { rate, key, step },
    }),
    computed: () => reference(x.values, [batch, terms], parameters, { ...norm, ...statistics, rate, keep }),
  };
}

const prepareOf =
  ({ step }: Problem): NonNullable<OpenRow["prepare"]> =>
  (device) =>
    writeStep(device, step, { index, batchStart: 0, learningRate: 0 });

const openForward = (problem: Problem): OpenRow => ({
  variants: [forward(denseNorm, problem.inputs, problem.options)],
  expected: () => new Map([["y", problem.computed().y]]),
  tolerance: tolerances.short,
  prepare: prepareOf(problem),
});

const names = ["dx", "dw", "db", "dgamma", "dbeta"];

const openBackward = (problem: Problem): OpenRow => ({
  variants: [backward(denseNorm, problem.inputs, problem.options, { dy: problem.dy.tensor, names, wanted: names })],
  expected: () => {
    const { dx, dw, dbias, dgamma, dbeta } = problem.computed().backward(problem.dy.values);
    return new Map(Object.entries({ dx, dw, db: dbias, dgamma, dbeta }));
  },
  tolerance: tolerances.long,
  prepare: prepareOf(problem),
});
