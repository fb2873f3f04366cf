/** Values of JSON, key by key. */
import { expect, test } from "vitest";
import { differences, flatten } from "../../src/nn/differences.ts";

test("nested keys become paths; a list is one value", () => {
  expect(flatten({ a: { b: 1, c: { d: [1, 2] } }, e: null })).toEqual([
    ["a.b", 1],
    ["a.c.d", [1, 2]],
    ["e", null],
  ]);
});

test("only what differs, with the side that has no such key absent", () => {
  const a = { same: [0, 1], list: [0, 1], inner: { x: 1, y: 2 }, gone: null };
  const b = { inner: { y: 3, x: 1 }, list: [0, 2], same: [0, 1], added: false };
  expect(differences(a, b)).toEqual([
    { key: "list", a: [0, 1], b: [0, 2] },
    { key: "inner.y", a: 2, b: 3 },
    { key: "gone", a: null },
    { key: "added", b: false },
  ]);
  expect(differences(a, a)).toEqual([]);
});
