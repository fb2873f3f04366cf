import { describe, expect, test } from "vitest";
import type { Program } from "../../src/gpu/program.ts";
import { pinned, type Tensor } from "../../src/gpu/tensor.ts";
import { add } from "../../src/kernels/add.ts";
import type { Op } from "../../src/kernels/op.ts";
import type { ImagesAndLabels } from "../../src/nn/device-dataset.ts";
import { checkGradients, requireTolerance, type TensorCheck } from "../../src/nn/gradient-check.ts";
import type { Layer } from "../../src/nn/layer.ts";
import { Conv2D } from "../../src/nn/layers/conv2d.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { openTestDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

interface Printed {
  preset: string;
  tolerance: number;
  tensors: (TensorCheck & { worst: TensorCheck["elements"][number] })[];
}

const small = ["--preset", "tiny", "--size", "16", "--batch", "4", "--samples", "3"];

describe("check grads", () => {
  test("--json: every trainable tensor, its direction, single elements and the worst of them", async () => {
    const { status, stdout, stderr } = await runCli(["check", "grads", ...small, "--json"]);
    expect([status, ownLines(stderr)]).toEqual([0, [expect.stringMatching(/^adapter: /)]]);
    const { preset, tolerance, tensors } = JSON.parse(stdout) as Printed;
    expect([preset, tolerance]).toEqual(["tiny", 0.05]);
    expect(tensors.map(({ name }) => name)).toEqual(
      [
        "conv1.weight",
        "conv1.bias",
        "bn1.gamma",
        "bn1.beta",
        "conv2.weight",
        "conv2.bias",
        "bn2.gamma",
        "bn2.beta",
      ].concat(["dense1.weight", "dense1.bias", "bn3.gamma", "bn3.beta", "output.weight", "output.bias"]),
    );
    for (const { directional, elements, worst, shape } of tensors) {
      expect(directional.error).toBeLessThanOrEqual(tolerance);
      expect(directional.gpu).toBeGreaterThan(0);
      expect(elements).toHaveLength(3);
      expect(worst.error).toBe(Math.max(...elements.map(({ error }) => error)));
      expect(worst.index).toHaveLength(shape.length);
    }
  });

  test("a table for people, and what its errors mean", async () => {
    const { status, stdout } = await runCli(["check", "grads", ...small]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^conv2\.weight +\[16, 8, 3, 3\] +\d\.\d{4}e[+-]\d +\d\.\d{4}e[+-]\d +\d+\.\d\d% +\[\d+, \d, \d, \d\]/m,
    );
    expect(stdout).toMatch(/^14 tensors; along the gradient the largest error is \d\.\d\d% \(\S+\); up to 5\.00%/m);
  });

  test("a size too small exits with 1 and one line, before a device is opened", async () => {
    const { status, stdout, stderr } = await runCli(["check", "grads", "--size", "16"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(ownLines(stderr)).toEqual([expect.stringMatching(/^cellgrad: conv5: Conv2D: expected .* too small/)]);
  });

  test("`check` alone shows what there is to check", async () => {
    const { status, stderr } = await runCli(["check"]);
    expect(status).toBe(2);
    expect(stderr).toContain("check grads");
  });
});

describe("it can fail", () => {
  /** The identity, with another gradient. */
  const wrongLayer = (backward: (program: Program, dy: Tensor) => Tensor): Layer => {
    const zeros = (x: Tensor) => pinned("zeros", x.shape);
    const op: Op<readonly [x: Tensor], readonly [], object> = {
      name: "wrong",
      forward: (program, [x]) => ({ output: add(program, x, zeros(x)), saved: [] }),
      backward: (program, dy) => [backward(program, dy)],
    };
    return {
      type: "Wrong",
      stem: "wrong",
      name: undefined,
      outputShape: (input) => input,
      parameters: () => [],
      macs: () => 0,
      apply: ({ tape }, x) => tape.apply(op, [x] as const, {}),
    };
  };

  async function checked(wrong: Layer): Promise<Map<string, TensorCheck>> {
    const size = [6, 6] as const;
    const layers = [
      new Conv2D({ filters: 3, kernelSize: 3 }),
      wrong,
      new Flatten(),
      new Dense({ units: 2, name: "output" }),
    ];
    const model = new Sequential({ inputShape: [1, ...size], layers });
    model.initialize(device, 1);
    const data: ImagesAndLabels = {
      size,
      pixels: Uint8Array.from(uniform([4, ...size], 1, 0, 255)),
      labels: Float32Array.from(uniform([4, 2], 2, 0, 1)),
      outputs: ["a", "b"],
    };
    const checks = await checkGradients({ device, model, data, samples: 2, seed: 0 });
    return new Map(checks.map((check) => [check.name, check]));
  }

  const errorsOf = (checks: ReadonlyMap<string, TensorCheck>) =>
    Object.fromEntries([...checks].map(([name, { directional }]) => [name, Number(directional.error.toFixed(2))]));

  test("not where the gradient is right", async () => {
    const checks = await checked(wrongLayer((_program, dy) => dy));
    expect(errorsOf(checks)).toEqual({ "conv1.weight": 0, "conv1.bias": 0, "output.weight": 0, "output.bias": 0 });
    expect(() => requireTolerance([...checks.values()])).not.toThrow();
  });

  test("a gradient twice too large: every tensor before it, by half", async () => {
    const checks = await checked(wrongLayer((program, dy) => add(program, dy, dy)));
    expect(errorsOf(checks)).toEqual({ "conv1.weight": 0.5, "conv1.bias": 0.5, "output.weight": 0, "output.bias": 0 });
    const [largest] = checks.get("conv1.weight")!.elements;
    expect(largest.error).toBeCloseTo(0.5, 2);
    expect(() => requireTolerance([...checks.values()])).toThrow(
      /^gradients: expected an error along the gradient of at most 0\.05, got 0\.(?:49|50)\d* for conv1\.\w+ \(gradient .*, finite difference .*\); 2 of 4 tensors are off$/,
    );
  });

  test("a gradient that is lost: found along a random direction", async () => {
    const checks = await checked(wrongLayer((_program, dy) => pinned("lost", dy.shape)));
    expect(errorsOf(checks)).toEqual({ "conv1.weight": 1, "conv1.bias": 1, "output.weight": 0, "output.bias": 0 });
  });

  test("not a number is no pass", () => {
    const directional = { gpu: NaN, difference: 1, error: NaN };
    const check: TensorCheck = { name: "w", shape: [1], directional, elements: [] };
    expect(() => requireTolerance([check])).toThrow("got NaN for w");
  });
});
