/** What Dawn adds to the GPU's convolutions at R-Net's shapes: nothing in their loops. */
import { describe, expect, test } from "vitest";
import type { LaunchCode } from "../../src/gpu/compile.ts";
import { Program } from "../../src/gpu/program.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { tileGradientVariants, tileVariants } from "../../src/kernels/conv2d/tile.ts";
import { weightGradientTileVariants } from "../../src/kernels/conv2d/weight-gradient-tile.ts";
import type { ConvGeometry } from "../../src/kernels/conv2d/geometry.ts";
import { type Shape, window2d } from "../../src/shape.ts";
import { addedTo } from "../support/robustness.ts";

const layers: readonly ConvGeometry[] = [
  { ...window2d("test", [32, 1, 128, 128], [3, 3], [1, 1], "valid"), outChannels: 16 },
  { ...window2d("test", [32, 16, 62, 62], [3, 3], [1, 1], "valid"), outChannels: 32 },
  { ...window2d("test", [32, 64, 27, 27], [3, 3], [1, 1], "same"), outChannels: 64 },
];

/** With every part that a launch may have. */
function codesOf(g: ConvGeometry): LaunchCode[] {
  const program = new Program("test");
  const tensor = (name: string, shape: Shape) => pinned(name, shape);
  const [x, y] = [
    [g.batch, g.channels, ...g.inputSize],
    [g.batch, g.outChannels, ...g.outputSize],
  ] as const;
  const weights = tensor("w", [g.outChannels, g.channels, ...g.window]);
  for (const { parts, record } of tileVariants(g)) {
    const scaleShift = tensor("scaleShift", [g.channels, 4]);
    const moments = tensor("moments", [g.outChannels, parts, 4]);
    record(program, {
      x: tensor("x", x),
      weights,
      bias: tensor("b", [g.outChannels]),
      y: tensor("y", y),
      scaleShift,
      moments,
    });
  }
  for (const { parts, record } of tileGradientVariants(g)) {
    const gradientSums = tensor("sums", [g.channels, parts, 2]);
    const sums = { a: tensor("a", x), saved: tensor("saved", [g.channels, 4]), gradientSums };
    record(program, { dy: tensor("dy", y), weights, dx: tensor("dx", x), sums });
  }
  for (const { record } of weightGradientTileVariants(g)) {
    const scaleShift = tensor("scaleShift", [g.channels, 4]);
    const gradients = { dw: tensor("dw", weights.shape), db: tensor("db", [g.outChannels]) };
    record(program, { x: tensor("x", x), dy: tensor("dy", y), ...gradients, scaleShift });
  }
  return program.codes.filter(({ label }) => label.startsWith("conv2d"));
}

// Elsewhere Dawn does not write SPIR-V.
describe.runIf(process.platform === "linux")("the GPU's convolutions", () => {
  test("have no guard and no clamp in their loops", async () => {
    const codes = layers.flatMap(codesOf);
    const added = await addedTo(codes);
    expect(codes.length).toBeGreaterThan(30);
    expect(added.filter(({ guards, clamps, others }) => guards + clamps + others > 0)).toEqual([]);
  });
});
