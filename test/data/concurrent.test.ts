import { expect, test } from "vitest";
import { forEachConcurrently } from "../../src/data/concurrent.ts";

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await Promise.resolve();
};

test("visits every item, at most `limit` at once", async () => {
  let underWay = 0;
  let most = 0;
  const visited: number[] = [];
  await forEachConcurrently([..."abcdefgh"], 3, async (item, index) => {
    most = Math.max(most, ++underWay);
    await turns(10 - index);
    underWay--;
    visited[index] = item.charCodeAt(0) - 97;
  });
  expect(visited).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("of several failures the first item's is thrown, and nothing is begun afterwards", async () => {
  const begun: number[] = [];
  const run = forEachConcurrently([0, 1, 2, 3, 4, 5], 3, async (item) => {
    begun.push(item);
    await turns(20 - 5 * item);
    if (item > 0) throw new Error(`item ${item}`);
  });
  await expect(run).rejects.toThrow("item 1"); // item 2 failed before
  expect(begun).toEqual([0, 1, 2]);
});

test("no items are no work", async () => {
  await forEachConcurrently([], 3, () => Promise.reject(new Error("visited")));
});
