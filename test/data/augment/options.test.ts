/** The presets of augmentation, what their schema refuses, and what the host draws by them. */
import { describe, expect, test } from "vitest";
import { augmentKey, drawOf } from "../../../src/data/augment/draw.ts";
import { type AugmentOptions, augmentNames, changesNothing } from "../../../src/data/augment/options.ts";
import { augmentOf } from "../../../src/data/augment/check.ts";
import { UsageError } from "../../../src/errors.ts";
import { DeviceDataset } from "../../../src/nn/device-dataset.ts";
import { presetNames, presetOf, presetSchema } from "../../../src/nn/preset.ts";

const key = augmentKey(3);
const size = [40, 50] as const;
const drawsOf = (options: AugmentOptions, count = 2000) =>
  Array.from({ length: count }, (_, image) => drawOf(options, size, key, 17, image));

test("presets of training name their augmentation", () => {
  expect(presetNames.map((name) => [name, presetOf(name).augment.name])).toEqual([
    ["thesis-code", "thesis-code"],
    ["thesis-table", "thesis-code"],
    ["thesis-text", "thesis-text"],
    ["rnet", "rnet"],
    ["mnist-net", "thesis-code"],
    ["tiny", "none"],
  ]);
});

test("thesis-code is Appendix I", () => {
  expect(augmentOf("thesis-code")).toEqual({
    name: "thesis-code",
    rotation: [-30, 30],
    flipHorizontal: 0.5,
    flipVertical: 0.5,
    scale: [0.9, 1.1],
    scaleAxes: "separate",
    shift: [0, 0],
    contrast: [1, 1],
    multiply: [0.9, 1.1],
    blur: [0, 0.5],
    fill: "imgaug-0.4-int",
    interpolations: 2,
  });
});

test("thesis-text is section 3.1", () => {
  expect(augmentOf("thesis-text")).toMatchObject({
    scale: [0.8, 1.2],
    scaleAxes: "together",
    contrast: [0.8, 1.2],
    multiply: [0.8, 1.2],
    fill: "image-mean",
  });
});

test("only none changes nothing, also with another fill", () => {
  expect(augmentNames.filter((name) => changesNothing(augmentOf(name)))).toEqual(["none"]);
  expect(changesNothing({ ...augmentOf("none"), fill: "image-mean", interpolations: 2 })).toBe(true);
});

test("a preset may hold parameters of its own", () => {
  const augment = { ...augmentOf("rnet"), name: "gentle", rotation: [-5, 5] };
  expect(presetSchema.parse({ ...presetOf("tiny"), augment }).augment).toEqual(augment);
  const { augment: _absent, ...before } = presetOf("tiny");
  expect(presetSchema.parse(before).augment).toEqual(augmentOf("none"));
});

test("parameters out of range are refused before anything is recorded", () => {
  const data = new DeviceDataset({ count: 1, size: [4, 4], outputs: ["a"] }, 1);
  const options = { ...augmentOf("rnet"), scale: [0.1, 1] } as const;
  expect(() => data.augmentationBy(options, 1, Uint32Array.of(0))).toThrow(
    new UsageError("augment.scale: expected [low, high] from 0.5 to 2, low no larger than high, got [0.1,1]"),
  );
});

describe("refused", () => {
  const none = augmentOf("none");
  const range = (least: number, most: number) => `[low, high] from ${least} to ${most}, low no larger than high`;
  const names = "none, thesis-code, thesis-text, rnet";
  const { blur: _blur, ...incomplete } = none;
  test.each<[given: unknown, message: string]>([
    ["heavy", `augment: expected one of ${names} or an object of parameters, got "heavy"`],
    [7, `augment: expected one of ${names} or an object of parameters, got 7`],
    [null, `augment: expected one of ${names} or an object of parameters, got null`],
    [[1], `augment: expected one of ${names} or an object of parameters, got [1]`],
    [{ ...none, rotation: [30, -30] }, `augment.rotation: expected ${range(-180, 180)}, got [30,-30]`],
    [{ ...none, rotation: [0, 181] }, `augment.rotation: expected ${range(-180, 180)}, got [0,181]`],
    [{ ...none, scale: [0.4, 1] }, `augment.scale: expected ${range(0.5, 2)}, got [0.4,1]`],
    [{ ...none, shift: [0, 2] }, `augment.shift: expected ${range(-1, 1)}, got [0,2]`],
    [{ ...none, contrast: [-1, 1] }, `augment.contrast: expected ${range(0, 4)}, got [-1,1]`],
    [{ ...none, multiply: [NaN, 1] }, `augment.multiply: expected ${range(0, 4)}, got [null,1]`],
    [{ ...none, blur: [0, 2] }, `augment.blur: expected ${range(0, 1.8)}, got [0,2]`],
    [{ ...none, blur: 1 }, `augment.blur: expected ${range(0, 1.8)}, got 1`],
    [incomplete, `augment.blur: expected ${range(0, 1.8)}, got nothing`],
    [{ ...none, flipVertical: 2 }, "augment.flipVertical: expected a number from 0 to 1, got 2"],
    [{ ...none, scaleAxes: "x" }, 'augment.scaleAxes: expected one of together, separate, got "x"'],
    [{ ...none, fill: "white" }, 'augment.fill: expected one of dataset-mean, image-mean, imgaug-0.4-int, got "white"'],
    [{ ...none, interpolations: 3 }, "augment.interpolations: expected one of 1, 2, got 3"],
    [{ ...none, hue: 1 }, `augment: expected parameters among ${Object.keys(none).join(", ")}, got "hue"`],
  ])("%j", (given, message) => {
    expect(() => augmentOf(given)).toThrow(new UsageError(message));
  });
});

describe("draws", () => {
  test("are within their ranges and fill them evenly", () => {
    const options = { ...augmentOf("thesis-code"), shift: [-0.1, 0.2], contrast: [0.5, 1] } as const;
    const draws = drawsOf(options);
    const check = (values: number[], low: number, high: number, margin = 0) => {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low - margin);
      expect(Math.max(...values)).toBeLessThanOrEqual(high + margin);
      const mean = values.reduce((sum, value) => sum + value) / values.length;
      // Three standard errors of the mean of a uniform variable.
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((3 * (high - low)) / Math.sqrt(12 * values.length));
    };
    const half = 2 ** -29;
    check(
      draws.map(({ rotation }) => rotation),
      -30,
      30,
      1e-7,
    );
    check(
      draws.map(({ scaleX }) => scaleX),
      0.9,
      1.1,
      half,
    );
    check(
      draws.map(({ scaleY }) => scaleY),
      0.9,
      1.1,
      half,
    );
    check(
      draws.map(({ shiftX }) => shiftX),
      -5,
      10,
    );
    check(
      draws.map(({ shiftY }) => shiftY),
      -4,
      8,
    );
    check(
      draws.map(({ contrast }) => contrast),
      0.5,
      1,
    );
    check(
      draws.map(({ multiply }) => multiply),
      0.9,
      1.1,
      half,
    );
    check(
      draws.map(({ blur }) => blur),
      0,
      0.5,
    );
    check(
      draws.map(({ flipHorizontal }) => Number(flipHorizontal)),
      0,
      1,
      0,
    );
    expect(draws.some(({ scaleX, scaleY }) => scaleX === scaleY)).toBe(false);
  });

  test("flips are independent: a quarter of the images has both", () => {
    const both = drawsOf(augmentOf("rnet")).filter((own) => own.flipHorizontal && own.flipVertical).length;
    expect(Math.abs(both - 500)).toBeLessThan(3 * Math.sqrt(2000 * 0.25 * 0.75));
  });

  test("one scale for both axes where they go together", () => {
    expect(drawsOf(augmentOf("rnet"), 50).every(({ scaleX, scaleY }) => scaleX === scaleY)).toBe(true);
  });

  test("depend on seed, step and image", () => {
    const options = augmentOf("rnet");
    const draw = (seed: number, step: number, image: number) =>
      JSON.stringify(drawOf(options, size, augmentKey(seed), step, image));
    expect(draw(1, 2, 3)).toBe(draw(1, 2, 3));
    expect(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size).toBe(4);
  });
});
