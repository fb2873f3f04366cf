/** What there is to tune in R-Net on a GPU, read from the step that a GPU would be given. */
import { expect, test } from "vitest";
import { stepTensor } from "../../src/gpu/step.ts";
import { untuned } from "../../src/gpu/tuning.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import { modelOf, optimizerOf, presetOf } from "../../src/nn/preset.ts";
import { recordTrainStep } from "../../src/nn/train-step.ts";

/** The sites of R-Net's step of 32 images of 128 x 128, each once. */
function sitesFor(family: "nvidia" | "other") {
  const preset = presetOf("rnet");
  const model = modelOf(preset, 3);
  const data = new DeviceDataset({ count: 32, size: [128, 128], outputs: ["a", "b", "c"] }, 32);
  const parts = { model, data, step: stepTensor(), optimizer: optimizerOf(preset, model), seed: 0, fuse: true };
  const { choices } = recordTrainStep({ ...parts, tuning: { ...untuned, family, subgroupSize: 32 } }, 32);
  return [...new Map(choices.map((choice) => [choice.site, choice])).values()];
}

// bench/README.md says these numbers, and how long it takes to measure so many.
test("a GPU has 17 sites and 83 variants to measure, at most five at a site", () => {
  const counts = sitesFor("nvidia").map(({ among }) => among.length);
  expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([17, 83]);
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([3, 5]);
});

test("every site has names that tell its variants apart, and the one that runs everywhere at the end", () => {
  for (const { among } of sitesFor("nvidia")) {
    expect(new Set(among).size).toBe(among.length);
    expect(among.at(-1)).toBe("direct");
  }
});

test("an adapter of which nothing is known has nothing to choose", () => {
  expect(sitesFor("other").every(({ among }) => among.length === 1)).toBe(true);
});
