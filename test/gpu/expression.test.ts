import { expect, test } from "vitest";
import { constantsOf, evaluate } from "../../src/gpu/expression.ts";

const constants = new Map([
  ["tile", 4],
  ["size", 10],
]);

test.each([
  ["0", 0],
  ["12u", 12],
  ["size", 10],
  ["2 + 3 * tile", 14],
  ["(2 + 3) * tile", 20],
  ["size - tile - 1u", 5],
  ["size - (tile - 1u)", 7],
  ["(size + tile - 1u) / tile", 3],
  ["size / tile * tile", 8],
  ["size % tile + 1", 3],
  ["(size*tile)%7u", 5],
])("%s = %d", (text, value) => {
  expect(evaluate(text, constants)).toBe(value);
});

test.each([
  ["a name that is not known", "width"],
  ["nothing", ""],
  ["a parenthesis left open", "(size + 1"],
  ["a parenthesis too many", "size + 1)"],
  ["two operands without an operator", "size tile"],
  ["an operator without its operand", "size +"],
  ["a sign", "-1"],
  ["a negative difference: unsigned integers have none", "tile - size"],
  ["a division by 0", "size / (tile - 4)"],
  ["a remainder by 0", "size % 0u"],
  ["a float", "1.5"],
  ["a hexadecimal literal", "0xffu"],
  ["a call", "min(size, tile)"],
  ["a comparison", "size < tile"],
])("%s is not evaluated", (_, text) => {
  expect(evaluate(text, constants)).toBeUndefined();
});

test("the constants of a shader, each from those before it", () => {
  const source = `
const tileHeight: u32 = 2u; // tunable
const window = 3;
const patch: u32 = (tileHeight - 1u) * 1u + window; // of x
const slope: f32 = 0.5; // tunable
const relu: bool = true; // tunable
const lanes: u32 = min(patch, 64u);
const later: u32 = lanes + 1u;
  const local: u32 = 7u;
override workgroupSize: u32 = 64;`;
  expect([...constantsOf(source)]).toEqual([
    ["true", 1],
    ["false", 0],
    ["tileHeight", 2],
    ["window", 3],
    ["patch", 4],
    ["relu", 1],
  ]);
});
