import { describe, expect, test } from "vitest";
import { type Normalization, parseNormalization, toGray } from "../../src/data/normalize.ts";

describe("parseNormalization", () => {
  test.each([
    ["none", "none"],
    ["percentile:0.5,99.5", "percentile:0.5,99.5"],
    ["percentile:0,100", "percentile:0,100"],
    ["percentile:01.50,99.0", "percentile:1.5,99"],
  ])("%s is %s", (text, normalization) => {
    expect(parseNormalization(text)).toBe(normalization);
  });
  test.each([
    "",
    "None",
    "percentile",
    "percentile:1",
    "percentile:99,1",
    "percentile:5,5",
    "percentile:0,100.1",
    "percentile:-1,99",
    "percentile:1,99,2",
  ])("%j names none", (text) => expect(parseNormalization(text)).toBeUndefined());
});

const gray = (samples: Uint8Array | Uint16Array, normalization: Normalization) => {
  const facts = { format: "TIFF", height: 1, width: samples.length, bits: 16, channels: 1, pages: 1 } as const;
  const { height, width, pixels } = toGray({ facts, samples }, normalization);
  expect([height, width]).toEqual([1, samples.length]);
  return [...pixels];
};

describe("toGray", () => {
  test("takes the upper byte of 16 bits and leaves 8 as they are", () => {
    expect(gray(Uint16Array.of(0, 255, 256, 65535), "none")).toEqual([0, 0, 1, 255]);
    expect(gray(Uint8Array.of(0, 7, 255), "none")).toEqual([0, 7, 255]);
  });

  test("stretches a dim 16-bit image between its extremes, of which the upper byte would leave nothing", () => {
    const dim = Uint16Array.of(100, 110, 120, 130, 151);
    expect(gray(dim, "none")).toEqual([0, 0, 0, 0, 0]);
    expect(gray(dim, "percentile:0,100")).toEqual([0, 50, 100, 150, 255]);
  });

  test("percentiles are linear between order statistics, as NumPy's, and what is beyond is cut", () => {
    // np.percentile([10, 20, 30, 40, 1000], [10, 80]) is [14, 232].
    expect(gray(Uint16Array.of(1000, 20, 10, 40, 30), "percentile:10,80")).toEqual(
      [1000, 20, 10, 40, 30].map((v) => Math.round(Math.min(Math.max((v - 14) / (232 - 14), 0), 1) * 255)),
    );
  });

  test("stretches 8 bits too", () => {
    expect(gray(Uint8Array.of(50, 60, 70), "percentile:0,100")).toEqual([0, 128, 255]);
  });

  test("a constant image is black, and one whose percentiles are one value is black and white", () => {
    expect(gray(Uint16Array.of(9, 9, 9), "percentile:1,99")).toEqual([0, 0, 0]);
    expect(gray(Uint16Array.of(9, 9, 9, 9, 500), "percentile:0,50")).toEqual([0, 0, 0, 0, 255]);
  });
});
