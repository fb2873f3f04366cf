/** The smallest kernel that does something: a straight line. */
import { defineKernel } from "../../src/gpu/kernel.ts";
import type { Program } from "../../src/gpu/program.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";
import { feed } from "./run-op.ts";

export const lineKernel = defineKernel(
  "line",
  `// line: y[i] = factor * x[i] + shift
const size: u32 = 1u; // tunable
const factor: f32 = 1.0; // tunable
const shift: f32 = 0.0; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= size) { return; }
  y[id.x] = factor * x[id.x] + shift;
}`,
);

/** Elements of every tensor on the line. */
export const size = 5;

/** 1, 2, 3, 4, 5. */
export const input = (): Tensor => feed("x", [size], [1, 2, 3, 4, 5]);

/** Records y = factor * x + shift. */
export function line(
  program: Program,
  x: Tensor,
  factor: number,
  shift: number,
  y = program.tensor("y", [size]),
): Tensor {
  program.launch(lineKernel, "forward", {
    constants: { size, factor, shift },
    bindings: { x, y },
    workgroups: [1, 1, 1],
    flops: 2 * size,
  });
  return y;
}
