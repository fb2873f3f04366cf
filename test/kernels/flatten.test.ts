import { expect, test } from "vitest";
import { Program } from "../../src/gpu/program.ts";
import { flatten } from "../../src/kernels/flatten.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

test("the same numbers in the same order, and so the gradient", async () => {
  const shape = [2, 3, 4, 5];
  const [x, dy] = [uniform(shape, 1, -1, 1), uniform(shape, 2, -1, 1)];
  const actual = await runOp(device, flatten, [feed("x", shape, x)] as const, {}, () => dy);
  expect(actual.shape).toEqual([2, 60]);
  expect(actual.y).toEqual(Float32Array.from(x));
  expect(actual.gradients[0]).toEqual(Float32Array.from(dy));
});

test("launches nothing; the gradient has the input's shape", () => {
  const program = new Program("flatten");
  const x = program.tensor("x", [2, 3, 4, 5]);
  const { output } = flatten.forward(program, [x], {});
  const context = { inputs: [x], output, saved: [], needs: [true] } as const;
  expect(flatten.backward(program, program.tensor("dy", [2, 60]), context, {})[0]?.shape).toEqual([2, 3, 4, 5]);
  expect(program.launches).toEqual([]);
});
