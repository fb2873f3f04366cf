/** Rules that every shader keeps and that no compiler checks. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("../shaders/", import.meta.url));
const shaders = readdirSync(folder)
  .filter((file) => file.endsWith(".wgsl"))
  .map((file): [string, string] => [file, readFileSync(folder + file, "utf8")]);

/** The name and the first lines of the body of each entry point. */
function entryPoints(source: string): { name: string; start: string }[] {
  const heads = source.matchAll(/@compute[\s\S]*?\bfn (\w+)\([\s\S]*?\)\s*\{\n/g);
  return [...heads].map(({ 0: head, 1: name, index }) => {
    const [body] = source.slice(index + head.length).split("\n}");
    return { name, start: body.split("\n", 8).join("\n") };
  });
}

/**
 * Bounds checks hide a write beyond the end, so no numerical test notices that a guard is missing: an invocation beyond
 * the end returns, or repeats the last one, or the shader says why there is none.
 */
const hasGuard = (start: string): boolean =>
  [/if \([^\n]*>=[^\n]*\) \{\s*return;\s*\}/, /\bmin\(id\.[xyz], /, /^ *\/\/ no tail: .{10,}/m].some((guard) =>
    guard.test(start),
  );

test("there are shaders", () => {
  expect(shaders.length).toBeGreaterThan(0);
});

describe.each(shaders)("%s", (file, source) => {
  const stem = file.replace(".wgsl", "");

  test("opens with its name and what it is", () => {
    expect(source.split("\n")[0]).toMatch(new RegExp(`^// ${stem}: .{10,}`));
  });

  test("each entry point guards its tail, or says why it has none", () => {
    const unguarded = entryPoints(source).filter(({ start }) => !hasGuard(start));
    expect(unguarded.map(({ name }) => name)).toEqual([]);
  });
});

describe("the guard check", () => {
  const shader = (body: string) =>
    `@compute @workgroup_size(64)\nfn f(@builtin(global_invocation_id) id: vec3u) {\n${body}\n}\n`;
  const guarded = (...bodies: string[]) =>
    entryPoints(bodies.map(shader).join("\n")).map(({ start }) => hasGuard(start));

  test.each([
    ["  if (id.x >= size) { return; }\n  y[id.x] = 1.0;", true],
    ["  if (id.x >= arrayLength(&y)) { return; }\n  y[id.x] = 1.0;", true],
    ["  let i = min(id.x, size - 1u);\n  y[i] = 1.0;", true],
    ["  // no tail: the grid is exact\n  y[id.x] = 1.0;", true],
    ["  y[id.x] = 1.0;", false],
    ["  // no tail\n  y[id.x] = 1.0;", false],
    ["  if (id.x < size) { x = 1.0; }\n  y[id.x] = 1.0;", false],
  ])("%j: %j", (body, expected) => {
    expect(guarded(body)).toEqual([expected]);
  });

  test("looks at every entry point of a file", () => {
    const long = Array(10).fill("  if (id.x >= size) { return; }").join("\n");
    expect(guarded(long, "  y[id.x] = 1.0;", long)).toEqual([true, false, true]);
  });
});
