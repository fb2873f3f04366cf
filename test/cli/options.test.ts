import { describe, expect, test } from "vitest";
import { fractions, integer, number, positiveInteger } from "../../src/cli/options.ts";
import { UsageError } from "../../src/errors.ts";

const given = { describe: "" };

describe("integer", () => {
  const { coerce } = integer("seed", given, 0, 100);

  test.each([
    ["0", 0],
    ["100", 100],
    [" 7 ", 7],
    [42, 42],
    ["1e2", 100],
  ])("%j is %j", (text, value) => {
    expect(coerce(text)).toBe(value);
  });

  test.each([["abc"], [""], ["1.5"], ["-1"], ["101"], ["0x10"], ["NaN"], [NaN], ["1,2"], [["1", "2"]], [true]])(
    "%j is refused",
    (text) => {
      expect(() => coerce(text)).toThrow(UsageError);
    },
  );

  test("the message names the option, what it takes and what it got", () => {
    expect(() => coerce("abc")).toThrow('--seed: expected an integer from 0 to 100, got "abc"');
    expect(() => positiveInteger("batch", given).coerce("0")).toThrow(
      '--batch: expected an integer of at least 1, got "0"',
    );
  });
});

describe("number", () => {
  test.each([
    ["0.5", 0.5],
    [".5", 0.5],
    ["1e-4", 1e-4],
    ["-2", -2],
  ])("%j is %j", (text, value) => {
    expect(number("lr", given).coerce(text)).toBe(value);
  });

  test.each([["abc"], ["Infinity"], ["1e999"], ["0x1"], ["1 2"], ["--"]])("%j is refused", (text) => {
    expect(() => number("lr", given).coerce(text)).toThrow(`--lr: expected a number, got ${JSON.stringify(text)}`);
  });

  test("the bounds belong to it, and the message says them", () => {
    const { coerce } = number("dropout", given, 0, 1);
    expect([coerce("0"), coerce("1")]).toEqual([0, 1]);
    expect(() => coerce("1.1")).toThrow('--dropout: expected a number of at least 0 and at most 1, got "1.1"');
  });
});

describe("fractions", () => {
  const { coerce } = fractions("split", given, 3);

  test("as many as wanted, which add up to 1", () => {
    expect(coerce("0.7,0.15,0.15")).toEqual([0.7, 0.15, 0.15]);
    expect(coerce("1, 0, 0")).toEqual([1, 0, 0]);
  });

  test.each([["0.7,0.3"], ["0.7,0.15,0.15,0"], ["0.7,0.15,0.2"], ["1.2,-0.1,-0.1"], ["0.7,0.15,abc"], ["1"]])(
    "%j is refused",
    (text) => {
      expect(() => coerce(text)).toThrow("--split: expected 3 fractions that add up to 1, such as 0.7,0.15,0.15, got ");
    },
  );
});
