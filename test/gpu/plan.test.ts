import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lifetime, planMemory } from "../../src/gpu/plan.ts";

const lifetime = (bytes: number, first: number, last: number): Lifetime => ({
  slot: { name: `${first}-${last}`, bytes, pinned: false },
  first,
  last,
});

const overlap = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;
const total = (sizes: readonly number[]): number => sizes.reduce((sum, bytes) => sum + bytes, 0);

/** Lifetimes as a Program has them; one in eight is kept for ever. */
const lifetimes = fc.array(
  fc
    .record({ words: fc.integer({ min: 1, max: 64 }), first: fc.nat(30), length: fc.nat(10), kept: fc.nat(7) })
    .map(({ words, first, length, kept }) => lifetime(words * 4, first, kept === 0 ? Infinity : first + length)),
  { maxLength: 40 },
);

const property = (holds: (planned: ReturnType<typeof planMemory>, given: readonly Lifetime[]) => void) => () => {
  fc.assert(
    fc.property(lifetimes, (given) => holds(planMemory(given), given)),
    { seed: 1, numRuns: 300 },
  );
};

describe("for all lifetimes", () => {
  test(
    "each slot has one buffer, large enough",
    property((planned, given) => {
      expect(new Set(planned.flatMap(({ holds }) => holds))).toEqual(new Set(given));
      expect(total(planned.map(({ holds }) => holds.length))).toBe(given.length);
      for (const { bytes, holds } of planned) expect(Math.max(...holds.map(({ slot }) => slot.bytes))).toBe(bytes);
    }),
  );

  test(
    "no two that are needed by one launch share a buffer",
    property((planned) => {
      const clashes = planned.flatMap(({ holds }) =>
        holds.flatMap((a, i) => holds.slice(i + 1).filter((b) => overlap(a, b))),
      );
      expect(clashes).toEqual([]);
    }),
  );

  test(
    "no more bytes than without sharing, no fewer than are needed at once",
    property((planned, given) => {
      const bytes = total(planned.map((buffer) => buffer.bytes));
      expect(bytes).toBeLessThanOrEqual(total(given.map(({ slot }) => slot.bytes)));
      for (const { first } of given) {
        const alive = given.filter((other) => other.first <= first && first <= other.last);
        expect(bytes).toBeGreaterThanOrEqual(total(alive.map(({ slot }) => slot.bytes)));
      }
    }),
  );

  test(
    "the largest come first, into each buffer and among buffers",
    property((planned) => {
      const sizes = planned.map(({ bytes }) => bytes);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      for (const { holds } of planned) {
        const held = holds.map(({ slot }) => slot.bytes);
        expect(held).toEqual(held.toSorted((a, b) => b - a));
      }
    }),
  );
});

test("a small slot first and a large one later share one large buffer", () => {
  const [small, large] = [lifetime(4, 0, 1), lifetime(400, 2, 3)];
  expect(planMemory([small, large])).toEqual([{ bytes: 400, holds: [large, small] }]);
});

test("what one launch reads and what it writes lie apart", () => {
  const [input, output] = [lifetime(4, 0, 1), lifetime(4, 1, 2)];
  expect(planMemory([input, output])).toHaveLength(2);
});

test("a chain needs two buffers in turn", () => {
  const chain = Array.from({ length: 9 }, (_, i) => lifetime(256, i, i + 1));
  expect(planMemory(chain).map(({ bytes }) => bytes)).toEqual([256, 256]);
});
