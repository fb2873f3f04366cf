/** The thesis's contradictions that presets settle. */
import { expect, test } from "vitest";
import { contradictions, contradictionsBetween } from "../../src/nn/contradictions.ts";
import { differences, flatten } from "../../src/nn/differences.ts";
import { presetOf } from "../../src/nn/preset.ts";

const rowsBetween = (a: string, b: string) => {
  const [presetA, presetB] = [presetOf(a), presetOf(b)];
  return contradictionsBetween(presetA, presetB, differences(presetA, presetB)).map(({ row }) => row);
};

test("every key is one that a preset has", () => {
  const known = ["rnet", "thesis-code"].flatMap((name) => flatten(presetOf(name)).map(([key]) => key));
  for (const { keys } of contradictions) expect(known).toEqual(expect.arrayContaining(keys));
});

test("all of them, in order, each with three things to say", () => {
  expect(contradictions.map(({ row }) => row)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
  for (const { places, settled } of contradictions) expect(new Set([...places, settled, ""]).size).toBe(4);
});

test.each([
  ["thesis-code", "thesis-table", [1]],
  ["thesis-code", "rnet", [2, 3, 4, 7, 10]],
  ["thesis-table", "rnet", [1, 2, 3, 4, 7, 10]],
  ["thesis-code", "thesis-text", [1, 2, 3, 4]],
  ["thesis-table", "thesis-text", [2, 3, 4]],
  ["thesis-code", "mnist-net", [25]],
  ["tiny", "mnist-net", []],
  ["rnet", "rnet", []],
  ["rnet", "tiny", []],
])("between %s and %s", (a, b, rows) => {
  expect(rowsBetween(a, b)).toEqual(rows);
});
