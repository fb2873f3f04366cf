import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { unroll } from "../../src/gpu/unroll.ts";

const refuse = (source: string, message: string) => {
  expect(() => unroll("op", source)).toThrow(new ShapeError(message));
};

test("a marked loop becomes a block a round, its variable a literal", () => {
  const source = `const tile: u32 = 4u; // tunable
fn f() {
  for (var i = 0u; i < tile - 2u; i++) { // unroll
    y[i] = x[i * 2u] + index;
  }
  y[9] = 1.0;
}`;
  expect(unroll("op", source)).toBe(`const tile: u32 = 4u; // tunable
fn f() {
{
    y[0u] = x[0u * 2u] + index;
  }
{
    y[1u] = x[1u * 2u] + index;
  }
  y[9] = 1.0;
}`);
});

test("loops in loops, and blocks within", () => {
  const source = `for (var i = 0u; i < 2u; i++) { // unroll
for (var j = 0u; j < 2u; j++) { // unroll
if (a) { s += x[i * 2u + j]; }
}
}`;
  const once = (i: number, j: number) => `{\nif (a) { s += x[${i}u * 2u + ${j}u]; }\n}`;
  const row = (i: number) => `{\n${once(i, 0)}\n${once(i, 1)}\n}`;
  expect(unroll("op", source)).toBe(`${row(0)}\n${row(1)}`);
});

test("a loop of no rounds goes away, one without a mark stays", () => {
  expect(unroll("op", "a;\nfor (var i = 0u; i < 0u; i++) { // unroll\nb;\n}\nc;")).toBe("a;\n\nc;");
  const plain = "for (var i = 0u; i < n; i++) {\nb;\n}";
  expect(unroll("op", plain)).toBe(plain);
});

test("a marked array becomes one variable an element, to the end of its block", () => {
  const source = `const tile: u32 = 2u;
fn f() {
  var sum: array<vec4f, tile * 2u - 1u>; // scalars
  for (var i = 0u; i < tile; i++) { // unroll
    sum[i + 1u].x += checksum[i];
  }
}
fn g() { return sum[n]; }`;
  expect(unroll("op", source)).toBe(`const tile: u32 = 2u;
fn f() {
  var sum_0 = vec4f();
  var sum_1 = vec4f();
  var sum_2 = vec4f();
{
    sum_1.x += checksum[0u];
  }
{
    sum_2.x += checksum[1u];
  }
}
fn g() { return sum[n]; }`);
});

test("arrays of one name in blocks of their own", () => {
  const source = `{
var a: array<f32, 1>; // scalars
a[0] = 1.0;
}
{
var a: array<f32, 2>; // scalars
a[1] = 2.0;
}`;
  expect(unroll("op", source)).toBe(
    "{\nvar a_0 = f32();\na_0 = 1.0;\n}\n{\nvar a_0 = f32();\nvar a_1 = f32();\na_1 = 2.0;\n}",
  );
});

test("a bound that is not constant is refused", () => {
  refuse(
    "for (var i = 0u; i < n; i++) { // unroll\n}",
    'op: expected a constant bound in the loop marked "unroll", got n',
  );
});

test("a length that is not constant is refused", () => {
  refuse(
    "{\nvar a: array<f32, n>; // scalars\n}",
    'op: expected a constant length of the array marked "scalars", got n',
  );
});

test.each(["n", "2", "0u - 1u"])("the index %s into an array of two is refused", (index) => {
  refuse(
    `{\nvar a: array<f32, 2>; // scalars\na[${index}] = 0.0;\n}`,
    `op: expected a constant index below 2 into a, got ${index}`,
  );
});

test("no mark in shaders/ is overlooked", () => {
  const folder = fileURLToPath(new URL("../../shaders/", import.meta.url));
  const files = readdirSync(folder).filter((file) => file.endsWith(".wgsl"));
  const left = files.flatMap((file) =>
    unroll(file, readFileSync(folder + file, "utf8"))
      .split("\n")
      .filter((line) => /\/\/ (unroll|scalars)\b/.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(files.length).toBeGreaterThan(0);
  expect(left).toEqual([]);
});

test("a marked block stays if its condition holds, and is gone otherwise", () => {
  const source = `const wide: bool = true; // tunable
const tile: u32 = 2u; // tunable
for (var i = 0u; i < tile; i++) { // unroll
  for (var u = 0u; u < 2u; u++) { // unroll
    if (wide && u <= i && i < tile + u) { // fold
      s += x[i - u];
    }
  }
}
if (!wide) { // fold
  s = other[0];
}`;
  const body = (text: string) => `{\n${text}\n  }`;
  const kept = (index: string) => body(`{\n      s += x[${index}];\n    }`);
  expect(unroll("op", source)).toBe(
    `const wide: bool = true; // tunable\nconst tile: u32 = 2u; // tunable\n` +
      `{\n${kept("0u - 0u")}\n${body("")}\n}\n{\n${kept("1u - 0u")}\n${kept("1u - 1u")}\n}\n`,
  );
});

test("a marked block whose condition is not constant is refused", () => {
  refuse("if (n < 2u) { // fold\n}", 'op: expected a constant condition of the block marked "fold", got n < 2u');
});

test("a shuffle from a constant lane becomes a broadcast", () => {
  const source = `const lanes: u32 = 4u; // tunable
for (var i = 0u; i < 2u; i++) { // unroll
  s += subgroupShuffle(x, (i + 3u) % lanes);
  s += subgroupShuffle(x, i + 3u) + subgroupShuffle(x, lane);
}`;
  const code = unroll("op", source, true);
  expect(unroll("op", source)).toContain("s += subgroupShuffle(x, (1u + 3u) % lanes);");
  expect(code).toContain("s += subgroupBroadcast(x, 4u) + subgroupShuffle(x, lane);");
});
