import { beforeAll, describe, expect, test } from "vitest";
import randomSource from "../../shaders/random.wgsl?raw";
import { ShapeError } from "../../src/errors.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { dropout } from "../../src/kernels/dropout.ts";
import { type Key, streamKey, threefry, uniformOf } from "../../src/rng.ts";
import { sizeOf } from "../../src/shape.ts";
import { dropout as reference } from "../reference/dropout.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

const shape = [41, 3, 5, 7]; // odd: the last call of Threefry gives one word too many
const rate = 0.3;
const key = streamKey(1, "dropout/dropout1");
const [x, dy] = [uniform(shape, 1, 1, 2), uniform(shape, 2, 1, 2)]; // no zeros: a zero was dropped

describe("dropout", () => {
  const step = stepTensor();
  const program = new Program("dropout");
  const input = feed("x", shape, x);
  const { output } = dropout.forward(program, [input], { rate, key, step });
  const context = { inputs: [input], output, saved: [], needs: [true] } as const;
  const [dx] = dropout.backward(program, feed("dy", shape, dy), context, { rate, key, step });
  const results: Record<"first" | "again" | "next", Float32Array[]> = { first: [], again: [], next: [] };

  beforeAll(async () => {
    if (!dx) throw new Error("dropout has a gradient");
    program.keep(output);
    program.keep(dx);
    const ready = await program.finish(device);
    const at = async (index: number): Promise<Float32Array[]> => {
      writeStep(device, step, { index, batchStart: 0, learningRate: 0 });
      ready.run();
      return readAll(ready, [output, dx]);
    };
    Object.assign(results, { first: await at(0), next: await at(1), again: await at(0) });
    ready.destroy();
  });

  /** Which elements are kept, by src/rng.ts: two by two, in the order of the words. */
  const keptAt = (step: number): boolean[] =>
    Array.from({ length: sizeOf(shape) }, (_, i) => uniformOf(threefry(key, [i >> 1, step])[i % 2]) >= rate);
  const kept = (values: Float32Array): boolean[] => [...values].map((value) => value !== 0);
  const [keptFirst, keptNext] = [keptAt(0), keptAt(1)];

  test("keeps what src/rng.ts says, at step 0 and at step 1, in both directions", () => {
    expect(kept(results.first[0])).toEqual(keptFirst);
    expect(kept(results.first[1])).toEqual(keptFirst);
    expect(kept(results.next[0])).toEqual(keptNext);
    expect(kept(results.next[1])).toEqual(keptNext);
  });

  test("kernel = reference; what is kept is scaled by 1 / (1 - rate) to the last bit", () => {
    const expected = reference(x, shape, rate, keptFirst.map(Number));
    expectClose(results.first[0], expected.y, { rtol: 2e-7 });
    expectClose(results.first[1], expected.backward(dy).dx, { rtol: 2e-7 });
    const scale = Math.fround(1 / Math.fround(1 - Math.fround(rate)));
    const scaled = x.map((value, i) => (keptFirst[i] ? Math.fround(value * scale) : 0));
    expect(results.first[0]).toEqual(Float32Array.from(scaled));
  });

  test("the same step gives the same mask, another step another", () => {
    expect(results.again).toEqual(results.first);
    const differing = kept(results.next[0]).filter((flag, i) => flag !== keptFirst[i]).length;
    expectShare(differing, 2 * rate * (1 - rate));
  });

  test("keeps a share of 1 - rate", () => {
    expectShare(kept(results.first[0]).filter(Boolean).length, 1 - rate);
  });
});

/** Fails unless a count of independent events is within three standard deviations of what is expected. */
function expectShare(count: number, probability: number): void {
  const size = sizeOf(shape);
  const deviation = Math.sqrt(size * probability * (1 - probability));
  expect(Math.abs(count - size * probability)).toBeLessThan(3 * deviation);
}

test("an element whose number equals the rate is kept, as in Keras", async () => {
  const drawn = uniformOf(threefry(key, [0, 0])[0]);
  const actual = await runOp(device, dropout, [feed("x", [1], [1])] as const, { rate: drawn, key, step: stepTensor() });
  expect(actual.y[0]).toBeGreaterThan(0);
});

test("rate 0 is the identity", async () => {
  const options = { rate: 0, key, step: stepTensor() };
  const actual = await runOp(device, dropout, [feed("x", shape, x)] as const, options, () => dy);
  expect(actual.shape).toEqual(shape);
  expect(actual.y).toEqual(Float32Array.from(x));
  expect(actual.gradients[0]).toEqual(Float32Array.from(dy));
});

test.each([1, -0.1, NaN])("a rate of %d is refused", async (rate) => {
  const run = runOp(device, dropout, [feed("x", [1], [1])] as const, { rate, key, step: stepTensor() });
  await expect(run).rejects.toThrow(new ShapeError(`dropout: expected a rate in [0, 1), got ${rate}`));
});

test("threefry in WGSL = src/rng.ts, bit for bit", async () => {
  const edges = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x13198a2e];
  const inputs = edges.flatMap((a) => edges.flatMap((b) => [[a, b, b, a] as const, [a, b, 5, 7] as const]));
  const counters = Uint32Array.from(inputs.flat());
  const size = inputs.length;
  const kernel = defineKernel("threefry", threefrySource, [randomSource]);
  const program = new Program("threefry");
  const words = pinned("words", [2 * size], "u32");
  program.launch(kernel, "draw", {
    bindings: { inputs: pinned("inputs", [4 * size], "u32", counters), words },
    workgroups: [size, 1, 1],
    flops: 0,
  });
  const ready = await program.finish(device);
  ready.run();
  const bits = new Uint32Array((await ready.read(words)).buffer);
  expect([...bits]).toEqual(inputs.flatMap(([a, b, c, d]): Key => threefry([a, b], [c, d])));
});

const threefrySource = `
@group(0) @binding(0) var<storage, read> inputs: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> words: array<vec2u>;

@compute @workgroup_size(1)
fn draw(@builtin(global_invocation_id) id: vec3u) {
  words[id.x] = threefry(inputs[id.x].xy, inputs[id.x].zw);
}`;
