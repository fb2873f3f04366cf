import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { dense } from "../../src/kernels/dense.ts";
import type { Shape } from "../../src/shape.ts";
import { byLabel, type DenseCase, denseCases } from "../reference/cases.ts";
import { dense as reference } from "../reference/dense.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed, readAll, runOp } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

const kernelCases: readonly DenseCase[] = [
  { label: "a sum in splits, many workgroups, everything ragged", x: [37, 601], outputs: 30, relu: true },
  { label: "four divides inputs and outputs: vectors", x: [7, 12], outputs: 8, relu: true },
  { label: "vectors, a sum in splits, the last one short", x: [9, 604], outputs: 36, relu: false },
  { label: "vectors, one sample, one split beyond the end", x: [1, 8196], outputs: 4, relu: true },
  { label: "as many splits as there are at most, the last one short", x: [2, 16500], outputs: 3, relu: false },
];

describe.each(byLabel([...denseCases, ...kernelCases]))("dense: %s", (_, { x, outputs, relu }) => {
  test("kernel = reference, forward and all gradients", async () => {
    const [batch, inputs] = x;
    const w = [inputs, outputs] as const;
    const [xs, ws, bias] = [uniform(x, 1, -1, 1), uniform(w, 2, -1, 1), uniform([outputs], 3, -1, 1)];
    const expected = reference(xs, x, ws, w, bias, { relu });
    const dy = uniform(expected.shape, 4, -1, 1);
    const fed = [feed("x", x, xs), feed("w", w, ws), feed("b", [outputs], bias)] as const;
    const actual = await runOp(device, dense, fed, { relu }, () => dy);

    expect(actual.shape).toEqual(expected.shape);
    const { dx, dw, dbias } = expected.backward(dy);
    const terms = (count: number) => ({ rtol: 1e-5, atol: 1e-6 * Math.sqrt(count) });
    expectClose(actual.y, expected.y, terms(inputs));
    expectClose(actual.gradients[0], dx, terms(outputs));
    expectClose(actual.gradients[1], dw, terms(batch));
    expectClose(actual.gradients[2], dbias, terms(batch));
  });
});

test("the first dense layer of VGG16 has more than 65,535 workgroups: its grids have several rows", () => {
  const program = new Program("vgg16");
  const [x, weights, bias] = [[1, 25088], [25088, 4096], [4096]].map((shape) => program.tensor("of fc1", shape));
  const { output } = dense.forward(program, [x, weights, bias], { relu: false });
  const context = { inputs: [x, weights, bias], output, saved: [], needs: [true, true, true] } as const;
  const gradients = dense.backward(program, program.tensor("dy", output.shape), context, { relu: false });
  for (const tensor of [output, ...gradients]) if (tensor) program.keep(tensor);

  const launch = program.launches.find(({ entryPoint }) => entryPoint === "gradients");
  expect(launch?.workgroups).toEqual([50_225, 4, 1]); // 6,272 x 1,024 tiles, 32 a workgroup, and 6,272 of dx
  expect(Math.max(...program.launches.flatMap(({ workgroups }) => workgroups))).toBeLessThan(65_536);
});

test.each<[string, inputs: number]>([
  ["number by number", 7],
  ["in vectors", 8],
])(
  "an input without a gradient gets none, %s: the launch is smaller, the others are the same bits",
  async (_, inputs) => {
    const [x, w, dy] = [uniform([5, inputs], 1, -1, 1), uniform([inputs, 16], 2, -1, 1), uniform([5, 16], 3, -1, 1)];
    const fed = [feed("x", [5, inputs], x), feed("w", [inputs, 16], w), feed("b", [16], dy.slice(0, 16))] as const;
    const run = async (needs: readonly boolean[]) => {
      const program = new Program("needs", device.tuning);
      const output = program.keep(dense.forward(program, fed, { relu: false }).output);
      const context = { inputs: fed, output, saved: [], needs } as const;
      const gradients = dense.backward(program, feed("dy", [5, 16], dy), context, { relu: false });
      for (const gradient of gradients) if (gradient) program.keep(gradient);
      const ready = await program.finish(device);
      ready.run();
      const [dx, dw, db] = gradients;
      return { dx, workgroups: ready.launches[1].workgroups[0], values: await readAll(ready, [dw!, db!]) };
    };
    const [all, some] = [await run([true, true, true]), await run([false, true, true])];
    expect([all.dx === null, some.dx]).toEqual([false, null]);
    expect([all.workgroups, some.workgroups]).toEqual([2, 1]);
    expect(some.values).toEqual(all.values);
  },
);

test.each<[string, Shape, Shape, Shape]>([
  ["dense: expected an input [N, in], got [2, 3, 4, 4]. Flatten it first.", [2, 3, 4, 4], [48, 5], [5]],
  ["dense: expected weights [4, out], got [5, 4]", [2, 4], [5, 4], [4]],
  ["dense: expected weights [4, out], got [4, 2, 2]", [2, 4], [4, 2, 2], [2]],
  ["dense: expected a bias [5], got [4]", [2, 4], [4, 5], [4]],
])("%s", async (message, x, w, b) => {
  const run = runOp(device, dense, [feed("x", x, []), feed("w", w, []), feed("b", b, [])] as const, { relu: false });
  await expect(run).rejects.toThrow(new ShapeError(message));
});
