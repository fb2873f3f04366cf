import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { type Constants, defineKernel, specialise } from "../../src/gpu/kernel.ts";

const source = `const size: u32 = 1u; // tunable
const slope: f32 = 0.5; // tunable: for negative numbers
const relu: bool = false; // tunable
const lanes: u32 = 64u;

@group(0) @binding(0) var<uniform> weights: array<vec4f, 2>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = x[id.x] * weights[0].x;
}

fn helper() {}

@group(0) @binding(2) var<storage> dy: array<f32>;

@compute @workgroup_size(lanes)
fn backward() {
}
`;
const kernel = defineKernel("op", source);

test("a kernel knows its entry points and its bindings", () => {
  expect(kernel.entryPoints).toEqual(["forward", "backward"]);
  expect(Object.fromEntries(kernel.bindings)).toEqual({
    weights: { binding: 0, access: "uniform" },
    x: { binding: 1, access: "read" },
    y: { binding: 2, access: "write" },
    dy: { binding: 2, access: "read" },
  });
});

test("included files stand before it, their bindings count", () => {
  const included = defineKernel("op", source, ["// a", "@group(0) @binding(5) var<uniform> step: Step;"]);
  expect(included.source).toBe(`// a\n@group(0) @binding(5) var<uniform> step: Step;\n${source}`);
  expect(included.bindings.get("step")).toEqual({ binding: 5, access: "uniform" });
});

describe("specialise", () => {
  test("sets constants and leaves the rest as it was", () => {
    expect(specialise(kernel, {})).toBe(source);
    expect(specialise(kernel, { size: 4294967295, slope: 1e-7, relu: true })).toBe(
      source
        .replace("size: u32 = 1u;", "size: u32 = 4294967295u;")
        .replace("slope: f32 = 0.5;", "slope: f32 = f32(1e-7);")
        .replace("relu: bool = false;", "relu: bool = true;"),
    );
  });

  test("reads an array from storage instead of as a uniform", () => {
    expect(specialise(kernel, {}, { inStorage: ["weights"] })).toBe(
      source.replace("var<uniform> weights", "var<storage, read> weights"),
    );
  });

  test("unrolls by the values that are set", () => {
    const looping = defineKernel(
      "op",
      "const n: u32 = 1u; // tunable\nfor (var i = 0u; i < n; i++) { // unroll\na;\n}",
    );
    expect(specialise(looping, { n: 2 })).toBe("const n: u32 = 2u; // tunable\n{\na;\n}\n{\na;\n}");
  });

  test.each<[string, Constants]>([
    ['op: expected a tunable constant, got "width"', { width: 3 }],
    ['op: expected a tunable constant, got "lanes"', { lanes: 32 }],
    ["op: expected size to be a u32, got 1.5", { size: 1.5 }],
    ["op: expected size to be a u32, got -1", { size: -1 }],
    ["op: expected size to be a u32, got 4294967296", { size: 2 ** 32 }],
    ["op: expected size to be a u32, got true", { size: true }],
    ["op: expected slope to be a f32, got NaN", { slope: NaN }],
    ["op: expected slope to be a f32, got Infinity", { slope: Infinity }],
    ["op: expected slope to be a f32, got false", { slope: false }],
    ["op: expected relu to be a bool, got 1", { relu: 1 }],
  ])("%s", (message, constants) => {
    expect(() => specialise(kernel, constants)).toThrow(new ShapeError(message));
  });

  test.each(["x", "nothing"])("%s is no uniform array", (name) => {
    expect(() => specialise(kernel, {}, { inStorage: [name] })).toThrow(
      new ShapeError(`op: expected a uniform array to read from storage, got "${name}"`),
    );
  });
});
