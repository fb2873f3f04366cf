import { beforeAll, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";
import { untuned } from "../../src/gpu/tuning.ts";
import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { dense } from "../../src/kernels/dense.ts";
import { denseNorm } from "../../src/kernels/denseNorm.ts";
import { dropout } from "../../src/kernels/dropout.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { streamKey, threefry, uniformOf } from "../../src/rng.ts";
import type { Pair } from "../../src/shape.ts";
import { byLabel, type DenseNormCase, denseNormCases } from "../reference/cases.ts";
import { denseNorm as reference } from "../reference/denseNorm.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();
const key = streamKey(1, "dropout/dropout1");
const step = stepTensor();
const index = 5;
beforeAll(() => writeStep(device, step, { index, batchStart: 0, learningRate: 0 }));

const keras = { epsilon: 1e-3, momentum: 0.99, relu: true, rate: 0.3 };
const kernelCases: readonly DenseNormCase[] = [
  { ...keras, label: "R-Net's third", x: [32, 64], outputs: 32 },
  { ...keras, label: "a batch beyond a round, ragged", x: [70, 9], outputs: 11 },
  { ...keras, label: "rounds that are full", x: [64, 33], outputs: 2, relu: false },
  { ...keras, label: "the longest sum of one launch", x: [6, 256], outputs: 5 },
  { ...keras, label: "a sum in splits, ragged", x: [7, 301], outputs: 13 },
  { ...keras, label: "a sum in splits, vectors, a batch beyond a round", x: [37, 600], outputs: 12, rate: 0 },
];

const inputsOf = (x: Pair, outputs: number) => {
  const spread = 2 / Math.sqrt(x[1]);
  return {
    x: uniform(x, 1, -1, 1),
    w: uniform([x[1], outputs], 2, -spread, spread),
    bias: uniform([outputs], 3, -0.5, 0.5),
    gamma: uniform([outputs], 4, 0.5, 1.5),
    beta: uniform([outputs], 5, 1, 2),
    movingMean: uniform([outputs], 6, -1, 1),
    movingVariance: uniform([outputs], 7, 0.5, 2),
  };
};

type Values = ReturnType<typeof inputsOf>;

const fedOf = (values: Values, x: Pair, outputs: number) => {
  const feature = (name: keyof Values) => feed(name, [outputs], values[name]);
  return {
    inputs: [
      ...([feed("x", x, values.x), feed("w", [x[1], outputs], values.w), feature("bias")] as const),
      ...([feature("gamma"), feature("beta")] as const),
    ] as const,
    statistics: { movingMean: feature("movingMean"), movingVariance: feature("movingVariance") },
  };
};

const keptOf = (size: number, rate: number): number[] =>
  Array.from({ length: size }, (_, i) => Number(uniformOf(threefry(key, [i >> 1, index])[i % 2]) >= Math.fround(rate)));

describe.each(byLabel([...denseNormCases, ...kernelCases]))("denseNorm: %s", (_, { x, outputs, rate, ...norm }) => {
  const values = inputsOf(x, outputs);
  const dy = uniform([x[0], outputs], 8, -1, 1);
  const keep = keptOf(x[0] * outputs, rate);
  const drop = { rate, key, step };

  test.each([
    ["as this adapter likes it", device.tuning],
    ["as hardware does", untuned],
  ])("kernel = reference: forward, all gradients, moving statistics, %s", async (_, tuning) => {
    const expected = reference(values.x, x, values, { ...values, ...norm, rate, keep });
    const { inputs, statistics } = fedOf(values, x, outputs);
    const actual = await runOp(
      device,
      denseNorm,
      inputs,
      { ...norm, ...statistics, dropout: drop },
      () => dy,
      new Program("denseNorm", tuning),
    );

    expect(actual.shape).toEqual(expected.shape);
    const close = { rtol: 1e-4, atol: 1e-5 };
    expectClose(actual.y, expected.y, close);
    const { dx, dw, dbias, dgamma, dbeta } = expected.backward(dy);
    expect(actual.gradients).toHaveLength(5);
    // The normalisation takes the mean out of dz, so that db is what rounding leaves of a sum of zero without a ReLU.
    const summed = { rtol: 1e-4, atol: 2e-5 * Math.sqrt(x[0]) };
    for (const [i, gradient] of [dx, dw, dbias, dgamma, dbeta].entries()) {
      expectClose(actual.gradients[i], gradient, i === 0 ? close : summed);
    }
    expectClose(await device.read(statistics.movingMean), expected.movingMean, { rtol: 1e-6, atol: 1e-6 });
    expectClose(await device.read(statistics.movingVariance), expected.movingVariance, { rtol: 1e-5 });
  });

  test("= the plain list: the same elements dropped, values to rounding", async () => {
    const fused = fedOf(values, x, outputs);
    const actual = await runOp(
      device,
      denseNorm,
      fused.inputs,
      { ...norm, ...fused.statistics, dropout: drop },
      () => dy,
    );
    const plain = await runPlain(fedOf(values, x, outputs), norm, drop, dy);
    const zeros = (array: Float32Array) => [...array].map((value) => value === 0);
    expect(zeros(actual.y)).toEqual(zeros(plain[0]));
    expect(zeros(actual.y).map((zero) => Number(!zero))).toEqual(keep);
    [actual.y, ...actual.gradients].forEach((array, i) => expectClose(array, plain[i], { rtol: 1e-4, atol: 1e-4 }));
  });
});

/** dense, batchNorm and dropout one after another: the output and the gradients in the order of denseNorm's inputs. */
async function runPlain(
  { inputs: [x, w, bias, gamma, beta], statistics }: ReturnType<typeof fedOf>,
  { relu, epsilon, momentum }: Pick<DenseNormCase, "relu" | "epsilon" | "momentum">,
  drop: { rate: number; key: ReturnType<typeof streamKey>; step: Tensor },
  dy: Float64Array,
): Promise<Float32Array[]> {
  const program = new Program("plain", device.tuning);
  const tape = new Tape(program);
  const inputs = [x, w, bias, gamma, beta].map((input) => tape.watch(input));
  const z = tape.apply(dense, [x, w, bias] as const, { relu: false });
  const options = { relu, epsilon, momentum, training: true, ...statistics };
  const y = tape.apply(dropout, [tape.apply(batchNorm, [z, gamma, beta] as const, options)] as const, drop);
  const gradients = new Map([[y, feed("dy", y.shape, dy)]]);
  tape.backpropagate(gradients);
  const wanted = [y, ...inputs.map((input) => gradients.get(input)!)].map((tensor) => program.keep(tensor));
  const ready = await program.finish(device);
  ready.run();
  return readAll(ready, wanted);
}

test("records one launch for few inputs, two for many; backward two", () => {
  const launchesOf = (inputs: number, needsInput: boolean) => {
    const program = new Program("launches");
    const { inputs: fed, statistics } = fedOf(inputsOf([4, inputs], 8), [4, inputs], 8);
    const tape = new Tape(program);
    for (const input of needsInput ? fed : fed.slice(1)) tape.watch(input);
    const y = tape.apply(denseNorm, fed, { ...keras, ...statistics, dropout: { rate: 0.3, key, step } });
    const gradients = new Map([[y, feed("dy", y.shape, [])]]);
    tape.backpropagate(gradients);
    for (const gradient of gradients.values()) program.keep(gradient);
    expect(gradients.has(fed[0])).toBe(needsInput);
    return program.launches.map(({ op, entryPoint, workgroups }) => `${op}.${entryPoint} ${workgroups[0]}`);
  };
  const backward = ["denseNorm.backward 2", "denseVectors.gradients 6"];
  expect(launchesOf(256, true)).toEqual(["denseNorm.forward 2", ...backward]);
  expect(launchesOf(260, true)).toEqual([
    "denseVectors.forward 1",
    "denseNorm.finish 2",
    backward[0],
    "denseVectors.gradients 8",
  ]);
  expect(launchesOf(256, false)).toEqual(["denseNorm.forward 2", backward[0], "denseVectors.gradients 4"]);
});

describe("refused before any GPU work", () => {
  const run = (
    shapes: Partial<Record<"x" | "w" | "gamma" | "beta" | "movingMean" | "movingVariance", number[]>>,
    rate = 0,
  ) => {
    const all = { x: [4, 6], w: [6, 3], gamma: [3], beta: [3], movingMean: [3], movingVariance: [3], ...shapes };
    const given = (name: keyof typeof all) => feed(name, all[name], []);
    return runOp(
      device,
      denseNorm,
      [given("x"), given("w"), feed("bias", [3], []), given("gamma"), given("beta")] as const,
      {
        ...{ epsilon: 1e-3, momentum: 0.99, relu: true, dropout: { rate, key, step } },
        ...{ movingMean: given("movingMean"), movingVariance: given("movingVariance") },
      },
    );
  };

  test.each<[string, Parameters<typeof run>]>([
    ["denseNorm: expected an input [N, in], got [4, 2, 3]. Flatten it first.", [{ x: [4, 2, 3] }]],
    ["denseNorm: expected weights [6, out], got [5, 3]", [{ w: [5, 3] }]],
    ["denseNorm: expected a bias [2], got [3]", [{ w: [6, 2] }]],
    ["denseNorm: expected gamma [3], got [4]", [{ gamma: [4] }]],
    ["denseNorm: expected beta [3], got [1]", [{ beta: [1] }]],
    ["denseNorm: expected movingMean [3], got [2]", [{ movingMean: [2] }]],
    ["denseNorm: expected movingVariance [3], got [2]", [{ movingVariance: [2] }]],
    [
      "denseNorm: expected at least two samples to normalise, got one (input [1, 6]). " +
        "Use a batch size that leaves no last batch of one.",
      [{ x: [1, 6] }],
    ],
    ["denseNorm: expected a rate in [0, 1), got 1", [{}, 1]],
  ])("%s", async (message, [shapes, rate]) => {
    await expect(run(shapes, rate)).rejects.toThrow(new ShapeError(message));
  });
});
