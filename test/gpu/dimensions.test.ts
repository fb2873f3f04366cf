import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { bindDimensions, dimensionsOf, dimensionWords } from "../../src/gpu/dimensions.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { Program } from "../../src/gpu/program.ts";
import { untuned } from "../../src/gpu/tuning.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";

const device = await openTestDevice();

const source = `// rows: y[i] = scale * sum over j of x[i,j]
const rows: u32 = 1u; // dimension
const columns: u32 = 2u; // dimension: terms of a sum
const scale: f32 = 1.0; // tunable
const size: u32 = rows * columns;
const last: u32 = size
  - 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(4)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= rows) { return; }
  var sum = 0.0;
  for (var j = 0u; j < columns; j++) { sum += x[min(id.x * columns + j, last)]; }
  y[id.x] = scale * sum;
}`;

const kernel = defineKernel("rows", source);

async function run(bound: boolean): Promise<{ sums: number[][]; pipelines: number }> {
  const program = new Program("rows", { ...untuned, bindDimensions: bound });
  const outputs = [
    [2, 3],
    [3, 2],
  ].map(([rows, columns]) => {
    const y = program.keep(program.tensor("y", [rows]));
    const x = feed("x", [rows, columns], [1, 2, 3, 4, 5, 6]);
    program.launch(kernel, "forward", {
      constants: { rows, columns, scale: 2 },
      bindings: { x, y },
      workgroups: [1, 1, 1],
      flops: 6,
    });
    return y;
  });
  const before = device.counters.pipelines;
  const ready = await program.finish(device);
  ready.run();
  const sums: number[][] = [];
  for (const y of outputs) sums.push([...(await ready.read(y))]);
  ready.destroy();
  return { sums, pipelines: device.counters.pipelines - before };
}

test("shapes in uniforms give what shapes in the code give, with one pipeline for all of them", async () => {
  const expected = [
    [12, 30],
    [6, 14, 22],
  ];
  expect(await run(false)).toEqual({ sums: expected, pipelines: 2 });
  expect(await run(true)).toEqual({ sums: expected, pipelines: 1 });
});

test("dimensions keep their order, and what is not given has the shader's value", () => {
  expect(dimensionsOf(source)).toEqual(["rows", "columns"]);
  expect([...dimensionWords(source, { rows: 7 })]).toEqual([7, 2]);
});

test("loops up to a dimension have a constant bound, and constants that depend on one are gone", () => {
  const code = bindDimensions("rows", source);
  expect(code).toContain("j < 0x7fffffffu; j++) { if (j >= dimensions.columns) { break; }");
  expect(code).not.toMatch(/^const (rows|columns|size|last)/m);
  expect(code).toContain("const scale: f32 = 1.0; // tunable");
});

test("a local name that hides a dimension is refused", () => {
  expect(() => bindDimensions("rows", source.replace("var sum = 0.0;", "var sum = 0.0; let rows = 1u;"))).toThrow(
    new ShapeError("rows: expected no local name like the dimension rows, got one"),
  );
});
