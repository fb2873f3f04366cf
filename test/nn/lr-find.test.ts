/** The range test leaves a training as it was, bit for bit; and what curves of losses suggest. */
import { describe, expect, test } from "vitest";
import { augmentOf } from "../../src/data/augment/check.ts";
import { generateDataset } from "../../src/data/generator/generate.ts";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { splitIndices } from "../../src/data/split.ts";
import type { Checkpoint } from "../../src/nn/checkpoint.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import { type RangePoint, rangeTest, smoothed, suggestLearningRate } from "../../src/nn/lr-find.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import { Adam } from "../../src/nn/optimizers/adam.ts";
import { weightsDigest } from "../../src/nn/safetensors.ts";
import { Training } from "../../src/nn/train.ts";
import type { TrainingOptions } from "../../src/nn/training-options.ts";
import { RandomStream } from "../../src/rng.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const size = 16;
const count = 26; // 18 train: two batches of 8 and a tail of 2
const data = await generateDataset(device, { count, size, seed: 1, parameters: dataPresets.easy });

/** With every kind of state: two slots and a step count of the optimizer, dropout, augmentation, an order by chance. */
async function prepared(options: Partial<TrainingOptions> = {}): Promise<Training> {
  const model = tiny({ inputShape: [1, size, size], outputs: 3, dropout: 0.3 });
  model.initialize(device, 1);
  const training = new Training({
    ...{ device, model, batch: 8, epochs: 4, learningRate: 0.001, seed: 1, shuffle: true, fuse: true },
    optimizer: new Adam(model.trainableSlot),
    data: DeviceDataset.upload(device, data, 8),
    split: splitIndices(count, [0.7, 0.15, 0.15], 1),
    augment: augmentOf("rnet"),
    ...options,
  });
  await training.prepare();
  return training;
}

/** Of weights, moving statistics, optimizer state and the unfinished epoch's predictions; and the counters. */
const stateOf = async ({ tensors, progress }: Checkpoint) => ({ digest: await weightsDigest(tensors), progress });

describe("the range test", () => {
  test.each([
    ["before the first step", 0],
    ["between epochs", 3],
    ["in the middle of an epoch", 4],
  ])(
    "%s leaves everything as it was, and training goes on as if there had been none",
    async (_, maxSteps) => {
      const training = await prepared({ maxSteps });
      await training.run();
      const before = await stateOf(await training.checkpoint());
      const curve = await rangeTest(training, { from: 1e-5, to: 10, steps: 25 });
      expect(curve.length).toBeGreaterThan(3); // beyond the epoch
      expect(await stateOf(await training.checkpoint())).toEqual(before);

      // One more step of the same object; a second training gets there without a test.
      const loss = await training.stepAt(0.001);
      const plain = await prepared({ maxSteps });
      await plain.run();
      expect(await plain.stepAt(0.001)).toBe(loss);
      expect(await stateOf(await training.checkpoint())).toEqual(await stateOf(await plain.checkpoint()));
    },
    60_000,
  );

  test("in between the weights do change, and its rates grow by one factor", async () => {
    const training = await prepared();
    const digests = new Set<string>();
    let asked = Promise.resolve();
    const curve = await rangeTest(training, { from: 1e-4, to: 1e-2, steps: 21 }, () => {
      asked = asked.then(async () => void digests.add(await weightsDigest(await training.model.read(device))));
    });
    await asked;
    expect(digests.size).toBeGreaterThan(1);
    curve.forEach(({ learningRate }, i) => expect(learningRate).toBeCloseTo(1e-4 * 100 ** (i / 20), 10));
  }, 60_000);

  test("it ends where the loss explodes", async () => {
    const curve = await rangeTest(await prepared(), { from: 1e-3, to: 1e9, steps: 200 });
    expect(curve.length).toBeLessThan(200);
    expect(curve.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  }, 60_000);

  test("of an untrained network it is one that trains, whatever the seed", async () => {
    for (const seed of [1, 2, 3]) {
      const training = await prepared({ seed, epochs: 100 });
      const { suggestion } = suggestLearningRate(await rangeTest(training, { from: 1e-6, to: 1, steps: 100 }));
      expect(suggestion).toBeGreaterThan(1e-4);
      expect(suggestion).toBeLessThan(0.02);
    }
  }, 120_000);

  test("a network that is trained already has none to suggest", async () => {
    const training = await prepared({ augment: undefined, epochs: 150 });
    await training.run();
    const { suggestion, reason } = suggestLearningRate(await rangeTest(training, { from: 1e-7, to: 1, steps: 60 }));
    expect([suggestion, reason]).toEqual([
      null,
      expect.stringMatching(
        /^the loss (is flat|only rises|falls, but not by twice its noise): .* trained already$|Nothing may be left/,
      ),
    ]);
  }, 120_000);

  test.each([
    [{ from: 0, to: 1, steps: 100 }, "expected rates with 0 < from < to, got from 0 to 1"],
    [{ from: 1, to: 1, steps: 100 }, "expected rates with 0 < from < to, got from 1 to 1"],
    [{ from: 0.1, to: Infinity, steps: 100 }, "expected rates with 0 < from < to, got from 0.1 to Infinity"],
    [{ from: 0.1, to: 1, steps: 19 }, "expected at least 20 steps, got 19"],
    [{ from: 0.1, to: 1, steps: 20.5 }, "expected at least 20 steps, got 20.5"],
  ])("%j is refused", async (options, message) => {
    await expect(rangeTest(await prepared(), options)).rejects.toThrow(`rangeTest: ${message}`);
  });
});

/** Losses at 81 rates from 1e-6 to 100, ten a decade. */
const curveOf = (lossAt: (decade: number, i: number) => number): RangePoint[] =>
  Array.from({ length: 81 }, (_, i) => ({ learningRate: 10 ** (i / 10 - 6), loss: lossAt(i / 10 - 6, i) }));

/** From 1 to 0.1 about a decade, as a logistic curve of this width, and up again after another. */
const valley = (down: number, width: number, up: number) => (decade: number) =>
  1 - 0.9 / (1 + Math.exp((down - decade) / width)) + Math.exp((decade - up) / 0.1);

describe("a suggestion", () => {
  test("where the descent is steepest, if the least loss is far", () => {
    const { suggestion, reason } = suggestLearningRate(curveOf(valley(-4, 0.2, 0)));
    expect(suggestion).toBe(1e-4);
    expect(reason).toMatch(/^the smoothed loss falls the steepest here, and is least, 0\.1\d*, at 0\.\d+$/);
  });

  test("a tenth of the rate of the least loss, if they are close", () => {
    const { suggestion, reason } = suggestLearningRate(curveOf(valley(-2, 0.1, -1)));
    const least = Number(/^a tenth of ([\d.]+), where the smoothed loss is least/.exec(reason)?.[1]);
    expect(least).toBeLessThan(0.1);
    expect(suggestion).toBeCloseTo(least / 10, 6);
    expect(suggestion).toBeLessThan(0.01);
    expect(reason).toMatch(/it falls the steepest close to that, at 0\.01$/);
  });

  test("noise in front of the descent does not move it by more than a third of a decade", () => {
    const noise = (i: number) => 0.05 * Math.sin(12.9898 * i * i);
    const { suggestion } = suggestLearningRate(curveOf((decade, i) => valley(-4, 0.2, 0)(decade) + noise(i)));
    expect(Math.abs(Math.log10(suggestion ?? 1) + 4)).toBeLessThan(1 / 3);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])("noise of a third of each loss does not either: seed %i", (seed) => {
    const random = new RandomStream(seed, "losses");
    const lossAt = (decade: number) => valley(-2, 0.4, 0.5)(decade) * (1 + 0.3 * random.normal());
    const { suggestion } = suggestLearningRate(curveOf(lossAt));
    expect(Math.abs(Math.log10(suggestion ?? 1) + 2)).toBeLessThan(1);
  });

  test.each<[string, (decade: number, i: number) => number, RegExp]>([
    [
      "a fall within twice its noise",
      (decade, i) => valley(-2, 0.1, 1)(decade) + (i % 2 === 0 ? 0.8 : -0.8),
      /^the loss falls, but not by twice its noise: from 1\.\d+ by \d\.\d+ at most, with a noise of 0\.\d+\. Take more --steps or a larger --batch, /,
    ],
    [
      "flat",
      () => 0.5,
      /^the loss is flat: it falls from 0\.50000 by 0\.00000 at most, with a noise of 0\.00000\. Nothing may be left/,
    ],
    ["noise alone", (_, i) => 0.5 + 0.2 * Math.sin(12.9898 * i * i), /^the loss is flat: /],
    ["a fall of less than a tenth", (decade) => 1 - 0.09 / (1 + Math.exp(-(4 + decade))), /^the loss is flat: /],
    ["rising", (decade) => 0.01 + 10 ** (decade - 1), /^the loss only rises: .*The network may be trained already$/],
  ])("none where the curve is %s", (_, lossAt, reason) => {
    expect(suggestLearningRate(curveOf(lossAt))).toEqual({
      suggestion: null,
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  test("none where nearly all rates explode", () => {
    expect(suggestLearningRate(curveOf(() => 1).slice(0, 3))).toEqual({
      suggestion: null,
      reason: "the loss explodes after 3 steps: begin at a lower rate",
    });
  });
});

test("smoothing takes as many neighbours on one side as on the other", () => {
  const ramp = Array.from({ length: 40 }, (_, i) => i);
  expect(smoothed(ramp)).toEqual(ramp);
  const impulse = ramp.map((i) => (i === 20 ? 5 : 0));
  expect(smoothed(impulse).slice(17, 24)).toEqual([0, 1, 1, 1, 1, 1, 0]);
});
