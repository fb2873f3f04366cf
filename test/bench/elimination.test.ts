/** Who goes out of a race, by a clock that advances when work is submitted and at no other time. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { isJudgedAfter, isSlower, judge, preferred, race } from "../../bench/elimination.ts";
import { estimate } from "../../src/gpu/statistics.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
afterEach(() => void vi.restoreAllMocks());

/** Candidates of which each takes its times in turn, in milliseconds, from the first round on. */
function candidates(times: Record<string, readonly number[]>) {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return Object.entries(times).map(([name, ms]) => {
    let calls = 0;
    // The first three calls are a warm-up and the search for how often to repeat.
    return { name, submit: () => void (now += ms[Math.max(0, calls++ - 3) % ms.length]) };
  });
}

const raced = async (times: Record<string, readonly number[]>, repetitions = 12) =>
  (await race(device, candidates(times), { repetitions }))?.map(
    ({ name, repetitions: rounds, slowerThan }) => [name, rounds.length, slowerThan] as const,
  );

describe("a race", () => {
  test("those that are surely slower go out after three rounds; the last one left need not go on", async () => {
    expect(await raced({ slow: [200, 210, 220], fast: [100, 101, 102], slower: [300, 300, 300] })).toEqual([
      ["slow", 3, "fast"],
      ["fast", 3, null],
      ["slower", 3, "fast"],
    ]);
  });

  test("those that are hard to tell apart go on, as far as the last round", async () => {
    const times = { a: [100, 110, 105], b: [106, 109, 101], slow: [150, 150, 150] };
    expect(await raced(times)).toEqual([
      ["a", 12, null],
      ["b", 12, null],
      ["slow", 3, "a"],
    ]);
    expect((await raced(times, 10))?.map(([, rounds]) => rounds)).toEqual([10, 10, 3]);
  });

  test("one may go out later, when the times suffice", async () => {
    const late = { a: [100, 112, 100, 100, 100, 100], b: [110, 111, 112] };
    expect(await raced(late)).toEqual([
      ["a", 6, null],
      ["b", 6, "a"],
    ]);
  });

  test("the last round judges too", async () => {
    const late = { a: [100, 112, 112, 100, 100, 100, 100, 100, 100, 100], b: [110, 111, 112] };
    expect(await raced(late, 10)).toEqual([
      ["a", 10, null],
      ["b", 10, "a"],
    ]);
  });

  test("the same times give the same decisions, whatever the names' order", async () => {
    const times = { a: [100, 130, 90], b: [104, 99, 101], c: [150, 190, 150] };
    const reversed = Object.fromEntries(Object.entries(times).reverse());
    expect(await raced(times)).toEqual(await raced(times));
    expect(new Set(await raced(reversed))).toEqual(new Set(await raced(times)));
  });

  test("is given up between rounds, but not when it is over", async () => {
    const times = { a: [100, 110, 105], b: [104, 109, 101] };
    let asked = 0;
    const isStopped = () => ++asked === 4;
    expect(await race(device, candidates(times), { repetitions: 9, isStopped })).toBeUndefined();
    expect(asked).toBe(4);
    expect(await race(device, candidates(times), { repetitions: 4, isStopped: () => ++asked === 8 })).toHaveLength(2);
    expect(asked).toBe(7);
    expect(await race(device, candidates({ a: [60], b: [90] }), { repetitions: 3, isStopped })).toHaveLength(2);
  });
});

test("candidates are judged when half of their times are new, and at the end", () => {
  const judged = (repetitions: number) =>
    Array.from({ length: repetitions }, (_, i) => i + 1).filter((rounds) => isJudgedAfter(rounds, repetitions));
  expect([judged(9), judged(12), judged(30), judged(2)]).toEqual([[3, 6, 9], [3, 6, 12], [3, 6, 12, 24, 30], [2]]);
});

describe("a judgement", () => {
  const interval = (low: number, high: number) => ({ median: (low + high) / 2, low, high });

  test.each([
    ["above and far", interval(1.2, 1.3), true],
    ["above, by less than is worthwhile", interval(1.11, 1.3), false],
    ["overlapping", interval(1.05, 3), false],
  ])("of an interval that lies %s", (_, ms, slower) => {
    expect(isSlower(ms, interval(1, 1.1))).toBe(slower);
  });

  test("the first of equals is the best, and nobody is slower than itself", () => {
    const ms = [5, 5, 5];
    expect(judge([{ name: "a", ms: [6, 6, 6] }, ...["b", "c"].map((name) => ({ name, ms }))])).toEqual({
      best: "b",
      slower: new Set(["a"]),
    });
  });

  const row = (name: string, repetitions: readonly number[], slowerThan: string | null = null) => ({
    ...{ name, slowerThan, repetitions },
    ms: estimate(repetitions),
  });

  test("the first is preferred to one that is not 2 % faster, and to none that went out", () => {
    expect(preferred([row("a", [1]), row("b", [0.985])])?.name).toBe("a");
    expect(preferred([row("a", [1]), row("b", [0.97]), row("c", [0.96])])?.name).toBe("b");
    expect(preferred([row("a", [1], "c"), row("b", [0.9], "c"), row("c", [1.1])])?.name).toBe("c");
    expect(preferred([])).toBeUndefined();
  });

  test("the first is preferred to one that may be faster by chance, not to one that is in every round", () => {
    const a = row("a", [1, 2, 1.1, 3, 1.2, 1.5, 1.3, 2.5, 1.4]);
    const shuffled = row("b", [2.4, 1, 1.3, 1.1, 1.9, 1.1, 2.9, 1.2, 1.3]);
    const faster = row(
      "b",
      a.repetitions.map((ms) => 0.95 * ms),
    );
    expect(shuffled.ms.median).toBeLessThan(0.98 * a.ms.median);
    expect(preferred([a, shuffled])?.name).toBe("a");
    expect(preferred([a, faster])?.name).toBe("b");
  });
});
