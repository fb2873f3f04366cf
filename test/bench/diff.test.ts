import { describe, expect, test } from "vitest";
import { diffResults, parseResult, verdictOf } from "../../bench/diff.ts";
import { UsageError } from "../../src/errors.ts";
import { RandomStream } from "../../src/rng.ts";

/** Fifteen times about a mean, in milliseconds. */
const times = (mean: number, spread: number, lane: number): number[] => {
  const random = new RandomStream(3, "test/diff", lane);
  return Array.from({ length: 15 }, () => mean * (1 + random.uniform(-spread, spread)));
};

const result = (rows: Record<string, number[]>, more: object = {}) =>
  parseResult(
    "result.json",
    JSON.stringify({
      kind: "kernels",
      adapter: { name: "A" },
      ceilings: { fmaGflops: 100 },
      fmaGflopsAfter: 95,
      rows: Object.entries(rows).map(([name, repetitions]) => ({ name, repetitions })),
      ...more,
    }),
  );

describe("a verdict", () => {
  test.each([
    ["faster, surely and by much", { median: 0.9, low: 0.88, high: 0.93 }, "faster"],
    ["slower, surely and by much", { median: 1.1, low: 1.05, high: 1.2 }, "slower"],
    ["sure but small", { median: 0.985, low: 0.98, high: 0.99 }, "no change"],
    ["large but unsure", { median: 0.8, low: 0.6, high: 1.01 }, "no change"],
    ["nothing", { median: 1, low: 1, high: 1 }, "no change"],
  ] as const)("%s", (_, ratio, verdict) => {
    expect(verdictOf(ratio)).toBe(verdict);
  });
});

test("noise is no change, a real difference is one", () => {
  const before = result({ noise: times(10, 0.1, 0), real: times(10, 0.02, 1), gone: times(1, 0, 2) });
  const after = result({ noise: times(10, 0.1, 3), real: times(8, 0.02, 4), new: times(1, 0, 5) });
  const { rows, onlyBefore, onlyAfter } = diffResults(before, after);
  expect(rows.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["noise", "no change"],
    ["real", "faster"],
  ]);
  expect(rows[1].ratio.median).toBeCloseTo(0.8, 1);
  expect(rows[1].before).toBeCloseTo(10, 0);
  expect([onlyBefore, onlyAfter]).toEqual([["gone"], ["new"]]);
  expect(diffResults(after, before).rows[1].verdict).toBe("slower");
});

test("a result does not differ from itself", () => {
  const same = result({ a: times(5, 0.3, 6) });
  expect(diffResults(same, same).rows[0].verdict).toBe("no change");
});

test("a machine that was not as fast throughout is told of", () => {
  const steady = result({ a: times(5, 0.3, 6) });
  expect(diffResults(steady, steady).warning).toBeNull();
  const busy = result({ a: times(5, 0.3, 6) }, { fmaGflopsAfter: 50 });
  expect(diffResults(steady, busy).warning).toBe(
    "the adapter's multiply-add rate went from 50.0 to 100 GFLOP/s between the measurements: something else ran, and " +
      "the times mean little. Measure again on a quiet machine.",
  );
});

describe("refusals", () => {
  const row = { a: times(1, 0.1, 0) };

  test("results of unlike kinds", () => {
    expect(() => diffResults(result(row), result(row, { kind: "roofline" }))).toThrow(
      new UsageError(
        'bench diff: expected two results of one kind, got "kernels" and "roofline". ' +
          "Compare results of the same subcommand.",
      ),
    );
  });

  test("results of unlike adapters", () => {
    expect(() => diffResults(result(row), result(row, { adapter: { name: "B" } }))).toThrow(
      new UsageError(
        'bench diff: expected two results of one adapter, got "A" and "B". ' +
          "Measure both on one adapter; --adapter chooses it.",
      ),
    );
  });

  test("too few repetitions", () => {
    expect(() => result({ a: times(1, 0.1, 0).slice(0, 8) })).toThrow(
      new UsageError(
        "result.json: expected at least 9 repetitions of each row, got 8 of a. " +
          "Measure it again with --repetitions 9 or more.",
      ),
    );
  });

  test.each([
    ["no JSON", "nonsense"],
    ["memory, which has no times", JSON.stringify({ kind: "memory", adapter: { name: "A" }, rows: [] })],
    ["a row without times", JSON.stringify({ kind: "step", adapter: { name: "A" }, rows: [{ name: "a" }] })],
  ])("%s", (_, text) => {
    expect(() => parseResult("file.json", text)).toThrow(
      /^file\.json: expected the JSON document of bench kernels, step, scaling, roofline, got .*Save one with --out\.$/,
    );
  });
});
