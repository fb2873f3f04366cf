/** Early faults, each once there and once just not. */
import { describe, expect, test } from "vitest";
import { augmentOf } from "../../src/data/augment/check.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { earlyStoppingOf } from "../../src/nn/callbacks/early-stopping.ts";
import { acceptedFindings, lint } from "../../src/nn/lint.ts";
import { lintFacts } from "../../src/nn/lint-facts.ts";
import { type LintFacts, lintRules } from "../../src/nn/lint-finding.ts";
import { type Preset, presetOf, presetSchema } from "../../src/nn/preset.ts";
import { RandomStream } from "../../src/rng.ts";

const sound: LintFacts = {
  outputs: 3,
  isComposition: false,
  trainImages: 64,
  validationImages: 16,
  overlaps: 0,
  nearOverlaps: 0,
};
const soundPreset: Preset = { ...presetOf("rnet"), size: 132, accepts: {} };
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

describe("a schedule that can never act", () => {
  const plateau = { name: "plateau", factor: 0.2, patience: 5, minDelta: 0, cooldown: 0, minLearningRate: 0 } as const;
  const at = (learningRate: number): Preset["optimizer"] => ({ ...presetOf("rnet").optimizer, learningRate });

  test("a plateau that begins at its least rate: the thesis's", () => {
    const { schedule } = presetOf("thesis-code");
    expect(find({ schedule })).toEqual([
      {
        rule: "schedule",
        isRefused: false,
        message:
          "the learning rate never falls on a plateau: it begins at 0.001, and 0.001 is the least allowed; " +
          "--schedule plateau:minLearningRate=0.000001 lets it",
        thesis: "section 2.3.1 reduces the rate on a plateau; Appendix I has min_lr=0.001, RMSprop's own rate",
      },
    ]);
    expect(find({ schedule, optimizer: at(0.0005) })).toMatchObject([{ rule: "schedule", thesis: null }]);
    expect(find({ schedule, optimizer: at(0.00101) })).toEqual([]);
  });

  // The first epoch is the best; a wait of 5 is over after the sixth; a seventh has to follow.
  test.each([
    [
      { epochs: 6, schedule: plateau },
      "it waits for 5 epochs without improvement, and there are 6; lower the patience",
    ],
    [{ epochs: 7, schedule: plateau }, undefined],
    [{ epochs: 2, schedule: { ...plateau, patience: 0 } }, "it waits for 0 epochs"],
    [{ epochs: 3, schedule: { ...plateau, patience: 0 } }, undefined],
    [{ epochs: 20, schedule: { name: "step", every: 20, factor: 0.5 } }, "its first step comes after 20 epochs"],
    [{ epochs: 21, schedule: { name: "step", every: 20, factor: 0.5 } }, undefined],
    [{ epochs: 1, schedule: { name: "cosine", alpha: 0 } }, undefined],
    [{ epochs: 8, earlyStopping: earlyStoppingOf(7) }, "early stopping never acts: it waits for 7 epochs"],
    [{ epochs: 9, earlyStopping: earlyStoppingOf(7) }, undefined],
    [{ epochs: 9, earlyStopping: { ...earlyStoppingOf(7), startFromEpoch: 1 } }, "early stopping never acts"],
  ] satisfies [Partial<Preset>, string | undefined][])("%j", (own, message) => {
    const findings = find({ schedule: { name: "constant" }, ...own });
    expect(findings.map(({ rule }) => rule)).toEqual(message === undefined ? [] : ["schedule"]);
    expect(findings[0]?.message ?? "").toContain(message ?? "");
  });

  test("what waits for a validation without one", () => {
    const messages = find({ schedule: plateau, earlyStopping: earlyStoppingOf(3) }, { validationImages: 0 });
    expect(messages.map(({ message }) => message)).toEqual([
      "the learning rate never falls: a plateau is one of validation loss, and no images validate",
      "early stopping never acts: no images validate",
    ]);
    expect(find({ schedule: { name: "cosine", alpha: 0 } }, { validationImages: 0 })).toEqual([]);
  });
});

describe("means over batches", () => {
  test.each([
    [3500, "RMSE and R2 are means over batches: a last batch of 12 weighs like one of 32"],
    [64, "RMSE and R2 are means over batches: the mean of their roots is not the root of their mean"],
  ])("of %i images", (trainImages, message) => {
    expect(find({ metrics: "keras-batch" }, { trainImages })).toMatchObject([{ rule: "batch-means", message }]);
  });
});

describe("the presets on compositions of 128 x 128", () => {
  const facts = { ...sound, isComposition: true, trainImages: 3500, validationImages: 750 };
  const rulesOf = (name: string) => lint(presetOf(name), facts).map(({ rule }) => rule);

  test("thesis-code has five faults", () => {
    expect(rulesOf("thesis-code")).toEqual([
      ...["schedule", "black-fill", "pool-drops-edge", "composition", "batch-means"],
    ]);
    expect(acceptedFindings(presetOf("thesis-code"), facts)).toEqual([]);
  });

  test("thesis-table has those but the pool's", () => {
    expect(rulesOf("thesis-table")).toEqual(["schedule", "black-fill", "composition", "batch-means"]);
  });

  test("rnet has none, and two that it accepts", () => {
    expect(rulesOf("rnet")).toEqual([]);
    expect(acceptedFindings(presetOf("rnet"), facts)).toEqual([
      {
        rule: "pool-drops-edge",
        reason: "one row of 25 at the last pool keeps the thesis's 1,263,795 parameters",
      },
      { rule: "composition", reason: "a linear output serves labels of any kind, and is what the thesis compares" },
    ]);
  });

  test("what is not found is not accepted either; what training refuses cannot be", () => {
    expect(acceptedFindings({ ...presetOf("rnet"), size: 132 }, sound)).toEqual([]);
    const accepts = Object.fromEntries(lintRules.map((rule) => [rule, "so be it"]));
    const preset = { ...presetOf("rnet"), batch: 65, accepts };
    expect(lint(preset, sound).map(({ rule }) => rule)).toEqual(["batch"]);
    expect(acceptedFindings(preset, sound).map(({ rule }) => rule)).toEqual(["pool-drops-edge"]);
  });
});

test("a preset that accepts a rule that there is not is refused", () => {
  expect(presetSchema.safeParse({ ...presetOf("rnet"), size: 1_000_000 }).success).toBe(false);
  expect(presetSchema.safeParse({ ...presetOf("rnet"), accepts: { "black-file": "why" } }).success).toBe(false);
  expect(presetSchema.safeParse({ ...presetOf("rnet"), accepts: { "black-fill": "why" } }).success).toBe(true);
});

test.each([
  [1, "1 group of equal images lies in several parts"],
  [2, "2 groups of equal images lie in several parts"],
])("%i duplicates between parts", (overlaps, message) => {
  expect(find({}, { overlaps })).toMatchObject([
    { rule: "duplicates", message: expect.stringContaining(message) as unknown },
  ]);
});

test.each([
  [1, "1 group of near copies lies in several parts"],
  [2, "2 groups of near copies lie in several parts"],
])("%i near duplicates between parts", (nearOverlaps, message) => {
  expect(find({}, { nearOverlaps })).toMatchObject([
    { rule: "near-duplicates", isRefused: false, message: expect.stringContaining(message) as unknown },
  ]);
});

test("facts of a data set: near copies count only between parts", () => {
  const stream = new RandomStream(1, "pixels");
  const image = () => Array.from({ length: 256 }, () => stream.integer(256));
  const [a, b, c] = [image(), image(), image()];
  const dataset: Dataset = {
    source: "cells",
    names: ["a", "b", "c", "d", "e"],
    size: [16, 16],
    pixels: Uint8Array.from([a, a.toReversed(), b, b.toReversed(), c].flat()),
    labels: Float32Array.of(1, 2, 3, 4, 5),
    outputs: ["x"],
    facts: [],
    resized: null,
  };
  const split = { train: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3), test: Uint32Array.of(4) };
  expect(lintFacts(dataset, split)).toMatchObject({ overlaps: 0, nearOverlaps: 1 });
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
  expect(lintFacts(dataset, split)).toEqual({
    outputs: 2,
    isComposition: true,
    trainImages: 3,
    validationImages: 1,
    overlaps: 1,
    nearOverlaps: 0,
  });
});
