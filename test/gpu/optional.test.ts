import { describe, expect, test } from "vitest";
import { keepOptional, optionsOf } from "../../src/gpu/optional.ts";

const source = `
const scaled: bool = false; // tunable
const summed: bool = false; // tunable
fn main() {
  var value = x[0];
  if (scaled) { // optional
    if (value > 0.0) { value *= scale[0]; }
  }
  if (summed) { // optional
    sums[0] = value;
    if (scaled) { // optional
      sums[1] = scale[0];
    }
  }
  if (summed) { y[0] = value; }
}`;

describe("optional parts of a shader", () => {
  test("are named, each once", () => {
    expect(optionsOf(source)).toEqual(["scaled", "summed"]);
  });

  test("stay if all are wanted", () => {
    expect(keepOptional("k", source, ["scaled", "summed"])).toBe(source);
  });

  test("go with all that is in them, and nothing else goes", () => {
    const neither = keepOptional("k", source, []);
    expect(neither).not.toContain("scale[0]");
    expect(neither).not.toContain("sums[");
    expect(neither).toContain("if (summed) { y[0] = value; }\n}");
    expect(neither.match(/\{/g)).toHaveLength(neither.match(/\}/g)?.length ?? 0);
  });

  test("go from within one that stays", () => {
    const summed = keepOptional("k", source, ["summed"]);
    expect(summed).toContain("sums[0] = value;");
    expect(summed).not.toContain("sums[1]");
  });

  test("must exist to be wanted", () => {
    expect(() => keepOptional("k", source, ["shifted"])).toThrow(
      'k: expected an optional block among scaled, summed, got "shifted"',
    );
  });
});
