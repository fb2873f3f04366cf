/**
 * Convolution, batch normalisation and max pool as a training step or an evaluation fuses them, against the plain ops one after another:
 * what is left undone by one kernel and done by the next, and the sums that are made in passing.
 */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { type Tuning, untuned } from "../../src/gpu/tuning.ts";
import { arena, pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { batchNorm } from "../../src/kernels/batchNorm.ts";
import { evaluationStatistics } from "../../src/kernels/batchNorm/evaluation.ts";
import { conv2d } from "../../src/kernels/conv2d.ts";
import { maxPool2d } from "../../src/kernels/maxPool2d.ts";
import { relu } from "../../src/kernels/relu.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { type Padding, sizeOf } from "../../src/shape.ts";
import { relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

interface Block {
  readonly label: string;
  readonly x: readonly [number, number, number, number];
  readonly channels: readonly [number, number];
  readonly padding: Padding;
  readonly pool: readonly [number, number] | null;
  /** A second convolution reads what is left undone; otherwise the block ends normalised. */
  readonly second: boolean;
  /** Of the second convolution; with 2, its kernel cannot normalise, and it is done before. */
  readonly stride?: number;
  /** Added to the first convolution's bias. */
  readonly bias?: number;
}

const blocks: readonly Block[] = [
  { label: "conv, bn, conv", x: [3, 2, 13, 11], channels: [5, 7], padding: "same", pool: null, second: true },
  { label: "conv, bn, pool, conv", x: [2, 3, 14, 19], channels: [9, 4], padding: "valid", pool: [2, 2], second: true },
  {
    label: "conv, bn, pool, odd rows lost",
    x: [2, 1, 15, 13],
    channels: [6, 1],
    padding: "same",
    pool: [2, 2],
    second: false,
  },
  { label: "a pool of 3 x 2", x: [2, 2, 17, 16], channels: [3, 3], padding: "same", pool: [3, 2], second: true },
  { label: "more tiles than splits", x: [3, 2, 43, 47], channels: [8, 16], padding: "same", pool: null, second: true },
  {
    label: "conv, bn, strided conv",
    x: [2, 2, 12, 10],
    channels: [4, 5],
    padding: "same",
    pool: null,
    second: true,
    stride: 2,
  },
  { label: "conv, bn", x: [2, 2, 9, 9], channels: [4, 1], padding: "valid", pool: null, second: false },
];

interface Mode {
  readonly fuse: boolean;
  readonly training: boolean;
}

/** The parameters of a normalisation and its moving statistics, as a model lays them out. */
function normalisationOf(channels: number) {
  const laidOut = (name: string, names: readonly [string, string], low: number, high: number) => {
    const tensors = arena(
      name,
      names.map((own) => ({ name: own, shape: [channels] })),
    );
    [...tensors.values()].forEach((tensor, i) => {
      device.write(tensor, new Float32Array(uniform([channels], 4 + i, low, high)));
    });
    return names.map((own) => tensors.get(own)!) as [Tensor, Tensor];
  };
  // Half of the scales are negative: a pool then looks for the smallest input.
  const [gamma, beta] = laidOut("parameters", ["gamma", "beta"], -1, 1);
  const [movingMean, movingVariance] = laidOut("statistics", ["movingMean", "movingVariance"], 0.1, 0.9);
  return { gamma, beta, movingMean, movingVariance };
}

async function run(block: Block, { fuse, training }: Mode, tuning = device.tuning): Promise<Map<string, Float32Array>> {
  const { x: shape, channels, padding, pool, second } = block;
  const program = new Program(block.label, tuning);
  const tape = new Tape(program);
  const input = (name: string, own: readonly number[], seed: number, low = -1, high = 1) =>
    tape.watch(feed(name, own, uniform(own, seed, low, high)));
  const conv = (x: Tensor, name: string, from: number, to: number, seed: number, rectifies: boolean, stride = 1) => {
    const bias = name === "conv1" ? (block.bias ?? 0) : 0;
    const weights = input(`${name}.w`, [to, from, 3, 3], seed);
    return tape.apply(conv2d, [x, weights, input(`${name}.b`, [to], seed + 1, bias - 1, bias + 1)] as const, {
      strides: [stride, stride],
      padding,
      relu: rectifies,
      feedsBatchNorm: rectifies && training,
    });
  };
  const images = input("x", shape, 1);
  const [first, last] = channels;
  let current = conv(images, "conv1", shape[1], first, 2, fuse);
  if (!fuse) current = tape.apply(relu, [current] as const, {});
  const { gamma, beta, movingMean, movingVariance } = normalisationOf(first);
  const known = { gamma: tape.watch(gamma), beta: tape.watch(beta), movingMean, movingVariance, epsilon: 1e-3 };
  const leaves = fuse && (pool !== null || second);
  const [statistics] = leaves && !training ? evaluationStatistics(program, [known]) : [];
  current = tape.apply(batchNorm, [current, gamma, beta] as const, {
    ...{ ...known, momentum: 0.9, training, relu: fuse && training },
    ...{ defer: leaves, statistics },
  });
  if (pool) {
    const options = { window: pool, strides: pool, padding: "valid", defer: leaves && second && training } as const;
    current = tape.apply(maxPool2d, [current] as const, options);
  }
  if (second) current = conv(current, "conv2", first, last, 7, false, block.stride);
  const output = program.keep(current);
  const gradients = new Map([[output, feed("dy", output.shape, uniform(output.shape, 9, -1, 1))]]);
  tape.backpropagate(gradients);
  const watched = [...gradients].filter(([tensor]) => tensor.slot.pinned && tensor.name !== "dy");
  for (const [, gradient] of watched) program.keep(gradient);
  const ready = await program.finish(device);
  ready.run();
  const values = new Map([["y", await ready.read(output)]]);
  for (const [tensor, gradient] of watched) values.set(`d${tensor.name}`, await ready.read(gradient));
  for (const tensor of [movingMean, movingVariance]) values.set(tensor.name, await device.read(tensor));
  ready.destroy();
  return values;
}

const gpu: Tuning = { ...untuned, family: "nvidia" };
const manyChannels: Tuning = { ...device.tuning, family: "swiftshader" };

describe.each(blocks)("$label", (block) => {
  // In evaluation a pool leaves nothing undone, and a GPU's kernels behind it are plain: they would compile for long.
  const onGpu = block.pool && block.second ? [] : [["a GPU", "evaluation", gpu, false] as const];

  test.each<readonly [string, mode: string, Tuning, training: boolean]>([
    ["this adapter", "training", device.tuning, true],
    ["more channels a lane", "training", manyChannels, true],
    ["a GPU", "training", gpu, true],
    ["this adapter", "evaluation", device.tuning, false],
    ...onGpu,
  ])("fused = plain for %s in %s: output, gradients, moving statistics", async (_, _mode, tuning, training) => {
    const [fused, plain] = [
      await run(block, { fuse: true, training }, tuning),
      await run(block, { fuse: false, training }),
    ];
    expect([...fused.keys()].sort()).toEqual([...plain.keys()].sort());
    expect(fused.size).toBeGreaterThan(6);
    for (const [name, values] of fused) {
      expect(relativeDistance(values, plain.get(name)!), name).toBeLessThan(name === "dconv1.b" ? 1e-3 : 2e-5);
    }
  });
});

// Squares of numbers near 1000 have no digit left of a variance of some tens: the kernels take them about a number nearby.
test.each([
  ["this adapter", device.tuning],
  ["more channels a lane", manyChannels],
  ["a GPU", gpu],
])("the variance of numbers far from 0, on %s", async (_, tuning) => {
  const [block] = blocks;
  const far = { ...block, bias: 1000 };
  const [fused, plain] = [
    await run(far, { fuse: true, training: true }, tuning),
    await run(far, { fuse: false, training: true }),
  ];
  const near = await run(block, { fuse: false, training: true });
  for (const name of ["movingMean", "movingVariance"]) {
    expect(relativeDistance(fused.get(name)!, plain.get(name)!), name).toBeLessThan(1e-3);
  }
  expect(relativeDistance(plain.get("movingMean")!, near.get("movingMean")!)).toBeGreaterThan(0.9);
});

test("a launch refuses a tensor whose work is left undone", () => {
  const program = new Program("undone");
  const statistics = pinned("statistics", [4, 4]);
  const x = { ...feed("x", [1, 4, 2, 2], new Float32Array(16)), fused: { statistics } };
  expect(() => relu.forward(program, [x], {})).toThrow(
    new ShapeError("relu: expected x to be computed, got x with fused work left undone"),
  );
  expect(sizeOf(x.shape)).toBe(16);
});

test("a pool of a normalisation left undone needs windows side by side", () => {
  const program = new Program("undone");
  const x = { ...feed("x", [1, 4, 4, 4], new Float32Array(64)), fused: { statistics: pinned("statistics", [4, 4]) } };
  expect(() => maxPool2d.forward(program, [x], { window: [3, 3], strides: [1, 1], padding: "valid" })).toThrow(
    new ShapeError("maxPool2d: expected windows side by side over a normalisation left undone, got others"),
  );
});
