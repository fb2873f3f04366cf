import { describe, expect, test } from "vitest";
import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { ShapeError } from "../../src/errors.ts";
import type { Shape } from "../../src/shape.ts";
import { batchNorm as reference } from "../reference/batchNorm.ts";
import { type BatchNormCase, batchNormCases, byLabel } from "../reference/cases.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

const keras = { epsilon: 1e-3, momentum: 0.99, training: true, relu: false };
const kernelCases: readonly BatchNormCase[] = [
  { ...keras, label: "planes larger than a workgroup, ragged", x: [2, 3, 9, 11] },
  { ...keras, label: "more images than splits: the last splits are empty", x: [33, 2, 31, 33], relu: true },
  { ...keras, label: "two splits, the second shorter", x: [5, 2, 15, 17] },
  { ...keras, label: "batch and features beyond a workgroup, ragged", x: [70, 67] },
  { ...keras, label: "inference on one image, planes larger than a workgroup", x: [1, 2, 13, 7], training: false },
];

describe.each(byLabel([...batchNormCases, ...kernelCases]))("batchNorm: %s", (_, { x, ...options }) => {
  test("kernel = reference: forward, all gradients, moving statistics", async () => {
    const channels = [x[1]];
    const [xs, gamma, beta] = [uniform(x, 1, -2, 2), uniform(channels, 2, 0.5, 1.5), uniform(channels, 3, -1, 1)];
    const [mean, variance] = [uniform(channels, 5, -1, 1), uniform(channels, 6, 0.5, 2)];
    const expected = reference(xs, x, gamma, beta, { ...options, movingMean: mean, movingVariance: variance });
    const dy = uniform(x, 4, -1, 1);
    const inputs = [feed("x", x, xs), feed("gamma", channels, gamma), feed("beta", channels, beta)] as const;
    const movingMean = feed("movingMean", channels, mean);
    const movingVariance = feed("movingVariance", channels, variance);
    const actual = await runOp(device, batchNorm, inputs, { ...options, movingMean, movingVariance }, () => dy);

    expect(actual.shape).toEqual(x);
    const { dx, dgamma, dbeta } = expected.backward(dy);
    const perElement = { rtol: 1e-5, atol: 1e-5 };
    const perChannel = { rtol: 1e-5, atol: 1e-6 * Math.sqrt(xs.length / x[1]) };
    expectClose(actual.y, expected.y, perElement);
    expectClose(actual.gradients[0], dx, perElement);
    expectClose(actual.gradients[1], dgamma, perChannel);
    expectClose(actual.gradients[2], dbeta, perChannel);
    expectClose(await device.read(movingMean), expected.movingMean, { rtol: 1e-6, atol: 1e-6 });
    expectClose(await device.read(movingVariance), expected.movingVariance, { rtol: 1e-6 });
  });
});

test("a mean a thousand times the deviation leaves the variance whole: squares are taken about the mean", async () => {
  const shape = [40, 2, 6, 7];
  const xs = uniform(shape, 1, -Math.sqrt(3), Math.sqrt(3)).map((value) => Math.fround(1000 + value));
  const channel = (value: number) => feed("channel", [2], [value, value]);
  const statistics = { movingMean: channel(0), movingVariance: channel(0) };
  const options = { ...keras, momentum: 0, ...statistics };
  const actual = await runOp(device, batchNorm, [feed("x", shape, xs), channel(1), channel(0)] as const, options);

  const zeros = new Float64Array(2);
  const known = { ...keras, momentum: 0, movingMean: zeros, movingVariance: zeros };
  const expected = reference(xs, shape, Float64Array.of(1, 1), zeros, known);
  expectClose(await device.read(statistics.movingMean), expected.mean, { rtol: 1e-6 });
  expectClose(await device.read(statistics.movingVariance), expected.variance, { rtol: 1e-4 });
  expectClose(actual.y, expected.y, { atol: 1e-3 });
});

describe("refused before any GPU work", () => {
  const run = (x: Shape, sizes: { gamma?: number; beta?: number; moving?: number }, training = true) => {
    const channel = (name: string, size = x[1]) => feed(name, [size], new Float64Array(size));
    const statistics = { movingMean: channel("mean"), movingVariance: channel("variance", sizes.moving) };
    const inputs = [feed("x", x, uniform(x, 1, -1, 1)), channel("gamma", sizes.gamma), channel("beta", sizes.beta)];
    return runOp(device, batchNorm, [inputs[0], inputs[1], inputs[2]] as const, { ...keras, training, ...statistics });
  };

  test.each<[string, Shape, Parameters<typeof run>[1]]>([
    ["batchNorm: expected an input [N, C, H, W] or [N, C], got [2, 3, 4]", [2, 3, 4], {}],
    ["batchNorm: expected gamma [3], got [4]", [2, 3, 4, 4], { gamma: 4 }],
    ["batchNorm: expected beta [3], got [2]", [2, 3], { beta: 2 }],
    ["batchNorm: expected movingVariance [3], got [1]", [2, 3], { moving: 1 }],
    [
      "batchNorm: expected at least two values a channel to normalise, got one (input [1, 3, 1, 1]). " +
        "Use a batch size that leaves no last batch of one.",
      [1, 3, 1, 1],
      {},
    ],
  ])("%s", async (message, x, sizes) => {
    await expect(run(x, sizes)).rejects.toThrow(new ShapeError(message));
  });

  test("but one value a channel is enough to infer", async () => {
    expect((await run([1, 3], {}, false)).shape).toEqual([1, 3]);
  });
});
