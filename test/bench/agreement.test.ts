import { expect, test } from "vitest";
import { agreementWith, describeDifference } from "../../bench/peers/agreement.ts";

test.each([
  ["training", [2], [2.019], true],
  ["training", [2], [2.021], false],
  ["training", [2], [1.97], false],
  ["inference", [0.1, -0.5], [0.1004, -0.5], true],
  ["inference", [0.1, -0.5], [0.1, -0.5006], false],
] as const)("%s: %j and %j agree: %j", (task, reference, values, agrees) => {
  expect(agreementWith(reference, values, task).agrees).toBe(agrees);
});

test("the difference is a share of the largest value: one near zero does not magnify rounding", () => {
  expect(agreementWith([1e-9, 4], [1e-3, 4], "inference").difference).toBeCloseTo(0.00025, 8);
});

test.each([
  ["no number", [NaN, 1]],
  ["infinite", [1, Infinity]],
  ["one too few", [1]],
  ["none", []],
])("values that are %s agree with nothing", (_, values) => {
  expect(agreementWith([1, 1], values, "training")).toEqual({ difference: Infinity, agrees: false });
});

test("nothing agrees with a reference that is no number", () => {
  expect(agreementWith([NaN], [1], "training").agrees).toBe(false);
});

test("the message says how large the difference may be, how large it is, and what that means", () => {
  expect(describeDifference("tfjs", { difference: 0.125, agrees: false }, "training")).toBe(
    "tfjs: expected loss after 10 steps within 1.0 % of cellgrad's, got a difference of 13 %. " +
      "The systems did different work, so their times must not be compared.",
  );
  expect(describeDifference("tfjs", { difference: Infinity, agrees: false }, "inference")).toContain(
    "expected predictions within 0.10 % of cellgrad's, got a difference of no number.",
  );
});
