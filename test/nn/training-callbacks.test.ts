/** What callbacks do to a training on the GPU: its learning rate, its end, its weights, also when it is resumed. */
import { beforeAll, describe, expect, test } from "vitest";
import { generateDataset } from "../../src/data/generator/generate.ts";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { splitIndices } from "../../src/data/split.ts";
import { earlyStoppingOf } from "../../src/nn/callbacks/early-stopping.ts";
import { weightsOf } from "../../src/nn/checkpoint.ts";
import { DeviceDataset } from "../../src/nn/device-dataset.ts";
import type { HistoryRow } from "../../src/nn/history.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import { Sgd } from "../../src/nn/optimizers/sgd.ts";
import { weightsDigest } from "../../src/nn/safetensors.ts";
import { Training } from "../../src/nn/train.ts";
import type { TrainingOptions } from "../../src/nn/training-options.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const size = 16;
const count = 20; // 14 train (a batch of 8 and one of 6), 3 validate, 3 test
const data = await generateDataset(device, { count, size, seed: 1, parameters: dataPresets.easy });
const split = splitIndices(count, [0.7, 0.15, 0.15], 1);

async function prepared(options: Partial<TrainingOptions> = {}): Promise<Training> {
  const model = tiny({ inputShape: [1, size, size], outputs: 3 });
  model.initialize(device, 1);
  const training = new Training({
    ...{ device, model, split, batch: 8, epochs: 12, learningRate: 0.01, seed: 1, shuffle: true, fuse: true },
    optimizer: new Sgd(model.trainableSlot),
    data: DeviceDataset.upload(device, data, 8),
    ...options,
  });
  await training.prepare();
  return training;
}

interface Followed {
  readonly rows: HistoryRow[];
  readonly messages: string[];
  /** Digests of the weights after each epoch. */
  readonly digests: string[];
  /** Of the weights at the end. */
  readonly digest: string;
  readonly training: Training;
}

const digestOf = async (training: Training) => weightsDigest(weightsOf((await training.checkpoint()).tensors));

async function run(training: Training): Promise<Followed> {
  const [rows, messages, digests]: [HistoryRow[], string[], string[]] = [[], [], []];
  await training.run({
    onEpoch: async (row, _improved, said) => {
      rows.push({ ...row, seconds: 0, imagesPerSecond: 0 });
      messages.push(...said);
      digests.push(await digestOf(training));
    },
  });
  return { rows, messages, digests, digest: await digestOf(training), training };
}

/** No loss is better by 1, whatever an adapter rounds: the second epoch, the first that counts, stays the best. */
const acting: Partial<TrainingOptions> = {
  schedule: { name: "plateau", factor: 0.5, patience: 1, minDelta: 1, cooldown: 2, minLearningRate: 1e-5 },
  earlyStopping: { patience: 4, minDelta: 1, restoreBestWeights: true, startFromEpoch: 1 },
};

describe("a plateau and early stopping", () => {
  let whole: Followed;
  beforeAll(async () => {
    whole = await run(await prepared(acting));
  }, 60_000);

  test("the rate of each epoch is in its row, and falls; training ends early and says so", () => {
    const rates = whole.rows.map(({ learningRate }) => learningRate);
    expect(rates.map((rate) => Number(rate.toPrecision(6)))).toEqual([0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]);
    expect(whole.training.isStopped).toBe(true);
    expect(whole.messages.slice(0, -1)).toEqual([
      "learning rate 0.01 -> 0.005: no improvement of validation loss in 1 epoch",
      "learning rate 0.005 -> 0.0025: no improvement of validation loss in 1 epoch",
      "learning rate 0.0025 -> 0.00125: no improvement of validation loss in 1 epoch",
    ]);
    expect(whole.messages.at(-1)).toMatch(/^stopped early: no improvement of validation loss in 4 epochs/);
  });

  test("the rate is what the GPU trains with: the same epochs at a constant one end elsewhere", async () => {
    const { rows, digests } = await run(await prepared({ earlyStopping: acting.earlyStopping }));
    const changed = whole.rows.findIndex(({ learningRate }) => learningRate !== 0.01);
    expect(digests[changed - 1]).toBe(whole.digests[changed - 1]);
    expect(rows[changed].learningRate).toBe(0.01);
    expect(digests[changed]).not.toBe(whole.digests[changed]);
  }, 60_000);

  test("the weights of the best epoch come back", () => {
    expect(whole.training.progress.callbacks.earlyStopping.best?.epoch).toBe(2);
    expect(whole.digest).toBe(whole.digests[1]);
    expect(whole.digest).not.toBe(whole.digests.at(-1));
  });

  test.each([1, 2, 4, 5, 6, 9, 11])(
    "stopped after %i steps and resumed, it is the same to the last bit",
    async (maxSteps) => {
      const first = await run(await prepared({ ...acting, maxSteps }));
      const later = await prepared(acting);
      later.restore(await first.training.checkpoint(), "checkpoint");
      const rest = await run(later);
      expect([...first.rows, ...rest.rows]).toEqual(whole.rows);
      expect([...first.messages, ...rest.messages]).toEqual(whole.messages);
      expect(rest.digest).toBe(whole.digest);
    },
    60_000,
  );

  test("what has stopped stays so when it is resumed", async () => {
    const later = await prepared(acting);
    later.restore(await whole.training.checkpoint(), "checkpoint");
    const { rows, digest } = await run(later);
    expect([rows, digest]).toEqual([[], whole.digest]);
  }, 60_000);
});

test("without restoring, the last weights stay", async () => {
  const { digest, digests, training } = await run(
    await prepared({ ...acting, earlyStopping: { ...earlyStoppingOf(2), minDelta: 1 } }),
  );
  expect(training.isStopped).toBe(true);
  expect(digest).toBe(digests.at(-1));
}, 60_000);

describe("training images in evaluation mode", () => {
  test("as many as validate, the first of the split, with the weights after the epoch", async () => {
    const training = await prepared({ evaluateTraining: true, maxSteps: 2 });
    const { rows } = await run(training);
    const own = await training.evaluate(split.train.subarray(0, split.validation.length));
    expect(rows[0].trainEvaluated).toEqual(own);
    expect(own.loss).not.toBe(rows[0].loss);
  }, 60_000);

  test("it changes nothing else", async () => {
    const [on, off] = [
      await run(await prepared({ evaluateTraining: true, epochs: 2 })),
      await run(await prepared({ epochs: 2 })),
    ];
    expect(on.digest).toBe(off.digest);
    expect(on.rows.map((row) => ({ ...row, trainEvaluated: null }))).toEqual(off.rows);
  }, 60_000);

  test("none without a validation", async () => {
    const unvalidated = { ...split, validation: new Uint32Array() };
    const { rows } = await run(await prepared({ evaluateTraining: true, epochs: 1, split: unvalidated }));
    expect([rows[0].val, rows[0].trainEvaluated]).toEqual([null, null]);
  }, 60_000);

  test("all of them where more validate than train", async () => {
    const few = { ...split, train: split.train.subarray(0, 2), validation: split.train.subarray(2) };
    const training = await prepared({ evaluateTraining: true, epochs: 1, split: few, batch: 2 });
    const { rows } = await run(training);
    expect(rows[0].trainEvaluated).toEqual(await training.evaluate(few.train));
  }, 60_000);
});
