import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { arena, bytesOf, pinned, reshape, wholeSlot } from "../../src/gpu/tensor.ts";

test("bytes: four an element; u8 in whole words", () => {
  expect(bytesOf([2, 3], "f32")).toBe(24);
  expect(bytesOf([], "u32")).toBe(4);
  expect(bytesOf([5], "u8")).toBe(8);
});

test("reshape is a view of the same memory", () => {
  const x = pinned("x", [2, 3, 4]);
  const y = reshape(x, [2, 12]);
  expect(y).toEqual({ ...x, shape: [2, 12] });
  expect(y.slot).toBe(x.slot);
});

test("reshape to another number of elements is refused", () => {
  expect(() => reshape(pinned("x", [2, 3]), [7])).toThrow(
    new ShapeError("reshape: expected a shape of 6 elements for x, got [7]"),
  );
});

test("an arena lays tensors out one after another, each at a multiple of 256 bytes", () => {
  const tensors = arena("parameters", [
    { name: "w", shape: [8, 8] },
    { name: "b", shape: [3] },
    { name: "v", shape: [5, 13] },
  ]);
  const [w, b, v] = [...tensors.values()];
  expect([...tensors.keys()]).toEqual(["w", "b", "v"]);
  expect([w.offset, b.offset, v.offset]).toEqual([0, 256, 512]);
  expect(new Set([w.slot, b.slot, v.slot])).toEqual(new Set([w.slot]));
  expect(w.slot).toEqual({ name: "parameters", bytes: 1024, pinned: true });
  expect(wholeSlot(w.slot)).toEqual({ name: "parameters", shape: [256], dtype: "f32", slot: w.slot, offset: 0 });
});
