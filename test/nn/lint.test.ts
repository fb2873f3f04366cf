/** Early faults, each once there and once just not. */
import { describe, expect, test } from "vitest";
import { augmentOf } from "../../src/data/augment/check.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { lint, type LintFacts } from "../../src/nn/lint.ts";
import { lintFacts } from "../../src/nn/lint-facts.ts";
import { type Preset, presetOf } from "../../src/nn/preset.ts";

const sound: LintFacts = { outputs: 3, isComposition: false, trainImages: 64, overlaps: 0 };
const soundPreset: Preset = { ...presetOf("rnet"), size: 132 };
const find = (preset: Partial<Preset>, facts: Partial<LintFacts> = {}) =>
  lint({ ...soundPreset, ...preset }, { ...sound, ...facts });

test("nothing in a sound set-up", () => {
  expect(find({})).toEqual([]);
});

describe("a pool that drops a row", () => {
  test("of the thesis's code, with the size that does not", () => {
    expect(find({ size: 128 })).toEqual([
      {
        rule: "pool-drops-edge",
        isRefused: false,
        message: "pools drop the last row and column: pool3 (25 to 12); --size 132 drops none",
        thesis: "Appendix I drops a row; Table 4 does not",
      },
    ]);
  });

  test("not at 128 with same padding", () => {
    expect(find({ size: 128, padding: "same" })).toEqual([]);
  });
});

describe("the fill that becomes black", () => {
  const fill = { fill: "imgaug-0.4-int" } as const;

  test("where rotation leaves the image", () => {
    expect(find({ augment: presetOf("thesis-code").augment })).toMatchObject([{ rule: "black-fill" }]);
    expect(find({ augment: { ...augmentOf("none"), ...fill, scale: [0.9, 1] } })).toMatchObject([
      { rule: "black-fill" },
    ]);
  });

  test("not where nothing does", () => {
    expect(find({ augment: { ...augmentOf("none"), ...fill, scale: [1, 1.1] } })).toEqual([]);
  });
});

describe("labels that are parts of 1", () => {
  test.each([
    ["linear", "the output is linear: predictions can be negative and need not sum to 1"],
    ["relu", "the output is a ReLU: predictions need not sum to 1"],
  ] as const)("under the head %s", (head, message) => {
    expect(find({ head }, { isComposition: true })).toMatchObject([
      { rule: "composition", isRefused: false, message: expect.stringContaining(message) as unknown },
    ]);
  });

  test("not under softmax, which is refused for other labels", () => {
    expect(find({ head: "softmax" }, { isComposition: true })).toEqual([]);
    expect(find({ head: "softmax" })).toMatchObject([{ rule: "head", isRefused: true }]);
  });
});

test.each([
  [{ batch: 1 }, {}, "batch normalisation has no variance in batches of one; take a larger --batch"],
  [{ batch: 32 }, { trainImages: 65 }, /a last batch of one, 65 images in batches of 32; take another --batch/],
  [{ batch: 65 }, {}, "batches of 65 are more than the 64 images that train; take a smaller --batch"],
])("batches that training refuses: %j, %j", (preset, facts, message) => {
  expect(find(preset, facts)).toEqual([
    { rule: "batch", isRefused: true, message: expect.stringMatching(message) as unknown, thesis: null },
  ]);
});

test.each([
  [66, "the last batch has 2 of 32 images: its statistics are noise, and each of its images weighs 16.0 times"],
  [71, "the last batch has 7 of 32 images"],
  [72, undefined],
])("a last batch of %i images", (trainImages, message) => {
  const findings = find({}, { trainImages });
  expect(findings.map(({ rule }) => rule)).toEqual(message === undefined ? [] : ["last-batch"]);
  expect(findings[0]?.message.slice(0, message?.length)).toBe(message);
});

test.each([
  [1, "1 group of equal images lies in several parts"],
  [2, "2 groups of equal images lie in several parts"],
])("%i duplicates between parts", (overlaps, message) => {
  expect(find({}, { overlaps })).toMatchObject([
    { rule: "duplicates", message: expect.stringContaining(message) as unknown },
  ]);
});

test("facts of a data set: equal images count only between parts", () => {
  const dataset: Dataset = {
    source: "cells",
    names: ["a", "b", "c", "d"],
    size: [1, 2],
    pixels: Uint8Array.of(1, 2, 1, 2, 3, 4, 3, 4),
    labels: Float32Array.of(0.25, 0.75, 1, 0, 0.5, 0.5, 0, 1),
    outputs: ["x", "y"],
    facts: [],
    resized: null,
  };
  const split = { train: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3), test: new Uint32Array() };
  expect(lintFacts(dataset, split)).toEqual({ outputs: 2, isComposition: true, trainImages: 3, overlaps: 1 });
});
