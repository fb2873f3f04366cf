import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";
import { addition } from "../../src/kernels/add.ts";
import { conv2d } from "../../src/kernels/conv2d.ts";
import { dense } from "../../src/kernels/dense.ts";
import { flatten } from "../../src/kernels/flatten.ts";
import { mse } from "../../src/kernels/mse.ts";
import { relu } from "../../src/kernels/relu.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll } from "../support/run-op.ts";

const device = await openTestDevice();

/** The gradients of a loss, read from the GPU; undefined where a tensor has none. */
async function gradientsOf(tape: Tape, loss: Tensor, of: readonly Tensor[]): Promise<(number[] | undefined)[]> {
  const gradients = tape.backward(loss);
  const wanted = of.map((tensor) => gradients.get(tensor));
  const present = wanted.filter((gradient) => gradient !== undefined).map((gradient) => tape.program.keep(gradient));
  const ready = await tape.program.finish(device);
  ready.run();
  const values = await readAll(ready, present);
  ready.destroy();
  return wanted.map((gradient) => (gradient ? [...values[present.indexOf(gradient)]] : undefined));
}

const start = () => new Tape(new Program("autograd"));
const pair = (name: string, values: number[]) => feed(name, [1, 2], values);

describe("a tensor that is used twice sums its gradients", () => {
  test("a residual connection: y = relu(x) + x", async () => {
    const tape = start();
    const x = tape.watch(pair("x", [3, -2]));
    const y = tape.apply(addition, [tape.apply(relu, [x], {}), x] as const, {});
    const loss = tape.apply(mse, [y, pair("target", [5, 1])] as const, {});
    // y = [6, -2], dloss/dy = y - target = [1, -3]; dy/dx = [2, 1]
    expect(await gradientsOf(tape, loss, [x])).toEqual([[2, -3]]);
  });

  test("twice by one op: y = x + x", async () => {
    const tape = start();
    const x = tape.watch(pair("x", [3, -2]));
    const loss = tape.apply(mse, [tape.apply(addition, [x, x] as const, {}), pair("target", [5, 1])] as const, {});
    // y = [6, -4], dloss/dy = [1, -5], dy/dx = 2
    expect(await gradientsOf(tape, loss, [x])).toEqual([[2, -10]]);
  });

  test("three times, once behind a reshape", async () => {
    const tape = start();
    const x = tape.watch(feed("x", [1, 1, 1, 2], [3, -2]));
    const flat = tape.apply(flatten, [x], {});
    const twice = tape.apply(addition, [flat, tape.apply(relu, [flat], {})] as const, {});
    const y = tape.apply(addition, [tape.apply(flatten, [x], {}), twice] as const, {});
    const loss = tape.apply(mse, [y, pair("target", [8, -1])] as const, {});
    // y = 2 x + relu(x) = [9, -4], dloss/dy = [1, -3], dy/dx = [3, 2]
    expect(await gradientsOf(tape, loss, [x])).toEqual([[3, -6]]);
  });
});

describe("gradients only for what is watched and what leads to it", () => {
  const layer = (watch: readonly ("x" | "weights" | "bias")[]) => {
    const tape = start();
    const tensors = { x: pair("x", [1, 2]), weights: feed("w", [2, 1], [3, 4]), bias: feed("b", [1], [5]) };
    for (const name of watch) tape.watch(tensors[name]);
    const y = tape.apply(dense, [tensors.x, tensors.weights, tensors.bias] as const, { relu: false });
    const loss = tape.apply(mse, [y, feed("target", [1, 1], [15])] as const, {}); // y = 16, dloss/dy = 2
    return { tape, loss, ...tensors };
  };

  test("weights: the input's gradient is not even computed", async () => {
    const { tape, loss, x, weights, bias } = layer(["weights", "bias"]);
    expect(await gradientsOf(tape, loss, [x, weights, bias])).toEqual([undefined, [2, 4], [2]]);
    const gradients = tape.program.launches.find(({ entryPoint }) => entryPoint === "gradients");
    expect(gradients?.workgroups).toEqual([1, 1, 1]); // that of the input would have another
  });

  test("the input: no gradient of the weights is handed out", async () => {
    const { tape, loss, x, weights, bias } = layer(["x"]);
    expect(await gradientsOf(tape, loss, [x, weights, bias])).toEqual([[6, 8], undefined, undefined]);
  });

  test("nothing: nothing is recorded", () => {
    const { tape, loss } = layer([]);
    expect(tape.backward(loss).size).toBe(0);
    expect(tape.program.launches.filter(({ phase }) => phase === "backward")).toEqual([]);
  });

  test("a branch that does not lead to the loss is left out", async () => {
    const tape = start();
    const [x, other] = [tape.watch(pair("x", [3, -2])), tape.watch(pair("other", [1, 1]))];
    tape.apply(relu, [other], {});
    const loss = tape.apply(mse, [x, pair("target", [2, 0])] as const, {});
    expect(await gradientsOf(tape, loss, [x, other])).toEqual([[1, -2], undefined]);
  });
});

test("each backward launch belongs to its layer", () => {
  const tape = start();
  const x = tape.watch(pair("x", [1, 2]));
  const y = tape.within("relu1", () => tape.apply(relu, [x], {}));
  const loss = tape.within("loss", () => tape.apply(mse, [y, pair("target", [0, 0])] as const, {}));
  for (const tensor of [loss, ...tape.backward(loss).values()]) tape.program.keep(tensor);
  expect(tape.program.launches.map(({ layer, phase, op }) => [layer, phase, op])).toEqual([
    ["relu1", "forward", "relu"],
    ["loss", "forward", "mse"],
    ["loss", "backward", "mse"],
    ["relu1", "backward", "relu"],
  ]);
});

test("a loss of more than one number is refused", () => {
  const tape = start();
  const x = tape.watch(pair("x", [1, 2]));
  expect(() => tape.backward(tape.apply(relu, [x], {}))).toThrow(
    new ShapeError("backward: expected a loss of one element, got shape [1, 2]"),
  );
});

test("a weight that the plan could move is refused by an op that permutes it", () => {
  const tape = start();
  const weights = tape.program.tensor("w", [4, 1, 1, 1]);
  const inputs = [feed("x", [1, 1, 2, 2], []), weights, feed("b", [4], [])] as const;
  expect(() => tape.apply(conv2d, inputs, { strides: [1, 1], padding: "valid", relu: false })).toThrow(
    new ShapeError("program autograd: expected a pinned tensor to permute, got the temporary w"),
  );
});
