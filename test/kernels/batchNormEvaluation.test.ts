/** Batch normalisation in evaluation mode that is left to whoever reads its output. */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { arena, type Tensor } from "../../src/gpu/tensor.ts";
import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { evaluationStatistics, type KnownNormalisation } from "../../src/kernels/batchNorm/evaluation.ts";
import { normalise } from "../../src/kernels/batchNorm/fused.ts";
import { Tape } from "../../src/nn/autograd.ts";
import type { Shape } from "../../src/shape.ts";
import { batchNorm as reference } from "../reference/batchNorm.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

/** How many channels, and what is added to their variance. */
interface Spec {
  readonly channels: number;
  readonly epsilon: number;
}

interface Made extends KnownNormalisation {
  readonly values: Readonly<Record<"gamma" | "beta" | "mean" | "variance", Float64Array>>;
}

/** Normalisations laid out as a model does it: parameters in one slot, moving statistics in another. */
function make(specs: readonly Spec[]): Made[] {
  const laidOut = (slot: string, names: readonly string[]) =>
    arena(
      slot,
      specs.flatMap(({ channels }, i) => names.map((name) => ({ name: `${name}${i}`, shape: [channels] }))),
    );
  const tensors = new Map([
    ...laidOut("parameters", ["other", "gamma", "beta"]),
    ...laidOut("statistics", ["mean", "variance"]),
  ]);
  return specs.map(({ channels, epsilon }, i) => {
    const drawn = (name: string, seed: number, low: number, high: number): [Tensor, Float64Array] => {
      const tensor = tensors.get(`${name}${i}`)!;
      const values = uniform([channels], 10 * i + seed, low, high);
      device.write(tensor, new Float32Array(values));
      return [tensor, values];
    };
    const [gamma, gammaValues] = drawn("gamma", 1, -1.5, 1.5);
    const [beta, betaValues] = drawn("beta", 2, -1, 1);
    const [movingMean, mean] = drawn("mean", 3, -2, 2);
    const [movingVariance, variance] = drawn("variance", 4, 0, 2);
    const values = { gamma: gammaValues, beta: betaValues, mean, variance };
    return { gamma, beta, movingMean, movingVariance, epsilon, values };
  });
}

test.each<[string, Spec[]]>([
  ["one of a single channel", [{ channels: 1, epsilon: 1e-3 }]],
  [
    "several, one wider than what all readers are shown, each with an epsilon of its own",
    [
      { channels: 5, epsilon: 1e-3 },
      { channels: 131, epsilon: 0.5 },
      { channels: 64, epsilon: 1e-5 },
    ],
  ],
])("statistics = their definition: %s", async (_, specs) => {
  const norms = make(specs);
  const program = new Program("statistics", device.tuning);
  const statistics = evaluationStatistics(program, norms);
  for (const tensor of statistics) program.keep(tensor);
  expect(program.launches).toHaveLength(1);
  expect(statistics.map(({ shape }) => shape)).toEqual(specs.map(({ channels }) => [Math.max(channels, 128), 4]));
  const ready = await program.finish(device);
  ready.run();
  const actual = await readAll(ready, statistics);
  ready.destroy();
  norms.forEach(({ epsilon, values: { gamma, beta, mean, variance } }, i) => {
    const expected = Array.from(gamma, (own, c) => {
      const inverse = 1 / Math.sqrt(variance[c] + epsilon);
      return [own * inverse, beta[c] - mean[c] * own * inverse, mean[c], inverse];
    }).flat();
    expectClose(actual[i].subarray(0, expected.length), expected, { rtol: 1e-5, atol: 1e-5 });
  });
});

test.each<[string, Shape]>([
  ["planes larger than a workgroup, ragged", [2, 3, 9, 11]],
  ["four divides the plane", [3, 5, 6, 10]],
  ["one image of one value", [1, 4, 1, 1]],
  ["more channels than all readers are shown", [2, 130, 3, 2]],
])("left undone and then done = reference, forward and all gradients: %s", async (_, shape) => {
  const [norm] = make([{ channels: shape[1], epsilon: 1e-3 }]);
  const { gamma, beta, values } = norm;
  const [xs, dy] = [uniform(shape, 7, -2, 2), uniform(shape, 8, -1, 1)];
  const program = new Program("left undone", device.tuning);
  const tape = new Tape(program);
  const inputs = [tape.watch(feed("x", shape, xs)), tape.watch(gamma), tape.watch(beta)] as const;
  const [statistics] = evaluationStatistics(program, [norm]);
  const options = { ...norm, momentum: 0.99, training: false, relu: false, statistics };
  const output = tape.apply(batchNorm, inputs, options);
  const gradients = new Map([[output, feed("dy", shape, dy)]]);
  tape.backpropagate(gradients);
  const wanted = [normalise(program, output, statistics), ...inputs.map((input) => gradients.get(input)!)];
  for (const tensor of wanted) program.keep(tensor);
  const ready = await program.finish(device);
  ready.run();
  const [y, ...actual] = await readAll(ready, wanted);
  ready.destroy();

  const { mean: movingMean, variance: movingVariance } = values;
  const known = { epsilon: 1e-3, momentum: 0.99, training: false, movingMean, movingVariance };
  const expected = reference(xs, shape, values.gamma, values.beta, known);
  const { dx, dgamma, dbeta } = expected.backward(dy);
  // Where the variance is near zero the scale is up to 30.
  const tolerance = { rtol: 1e-5, atol: 5e-5 };
  expectClose(y, expected.y, tolerance);
  [dx, dgamma, dbeta].forEach((gradient, i) => {
    expectClose(actual[i], gradient, tolerance);
  });
});

describe("refused before any GPU work", () => {
  const alone = (name: string) => feed(name, [3], [1, 1, 1]);
  const [known] = make([{ channels: 3, epsilon: 1e-3 }]);

  test.each<[string, KnownNormalisation[], string]>([
    ["no normalisation", [], "batchNorm: expected gamma and beta of an evaluation in one pinned slot, got none"],
    [
      "parameters that lie apart",
      [{ ...known, beta: alone("b") }],
      "batchNorm: expected gamma and beta of an evaluation in one pinned slot, got gamma0, b",
    ],
    [
      "moving statistics of a single run",
      [{ ...known, movingMean: { ...alone("m"), slot: { name: "m", bytes: 12, pinned: false } } }],
      "batchNorm: expected moving statistics of an evaluation in one pinned slot, got m, variance0",
    ],
  ])("%s", (_, norms, message) => {
    expect(() => evaluationStatistics(new Program("refused"), norms)).toThrow(new ShapeError(message));
  });

  test.each<[string, Shape, { training: boolean; relu: boolean }, got: string]>([
    ["in training", [2, 3, 2, 2], { training: true, relu: false }, "training true, relu false, input [2, 3, 2, 2]"],
    ["with a ReLU", [2, 3, 2, 2], { training: false, relu: true }, "training false, relu true, input [2, 3, 2, 2]"],
    ["of features", [2, 3], { training: false, relu: false }, "training false, relu false, input [2, 3]"],
  ])("given statistics %s", (_, shape, mode, got) => {
    const options = {
      ...known,
      ...mode,
      momentum: 0.99,
      statistics: feed("statistics", [128, 4], new Float32Array(512)),
    };
    const inputs = [feed("x", shape, uniform(shape, 1, -1, 1)), known.gamma, known.beta] as const;
    expect(() => batchNorm.forward(new Program("refused"), inputs, options)).toThrow(
      new ShapeError(
        `batchNorm: expected evaluation of an input [N, C, H, W] without ReLU where statistics are given, got ${got}`,
      ),
    );
  });
});
