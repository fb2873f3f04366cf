/** Callbacks act in the epochs in which Keras's own do, on recorded and made-up loss curves; and what they say of it. */
import { callbacks as kerasInJavaScript } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { bestAfter, type BestEpoch } from "../../src/nn/callbacks/best-epoch.ts";
import {
  afterEpoch,
  type CallbackOptions,
  type CallbackState,
  initialCallbacks,
} from "../../src/nn/callbacks/callbacks.ts";
import { earlyStoppingOf } from "../../src/nn/callbacks/early-stopping.ts";
import { scheduleNames, showSchedule } from "../../src/nn/callbacks/schedule.ts";
import { parseScheduleRequest, scheduleContract, scheduleFor } from "../../src/nn/callbacks/schedule-request.ts";
import golden from "./golden/callbacks.json" with { type: "json" };

const constant = { name: "constant" } as const;
const options = (own: Partial<CallbackOptions>): CallbackOptions => ({
  ...{ learningRate: 0.001, epochs: 100, schedule: constant, earlyStopping: null },
  ...own,
});

/** The state before each epoch and what was said after it; ends where training stops. */
function follow(own: CallbackOptions, losses: readonly (number | null)[]) {
  const epochs: { epoch: number; before: CallbackState; after: CallbackState; messages: readonly string[] }[] = [];
  let before = initialCallbacks;
  for (const [index, loss] of losses.entries()) {
    const { state, messages } = afterEpoch(own, before, index + 1, loss);
    epochs.push({ epoch: index + 1, before, after: state, messages });
    if (state.earlyStopping.isStopped) break;
    before = JSON.parse(JSON.stringify(state)) as CallbackState; // as a checkpoint keeps it
  }
  return epochs;
}

/** The rates of the epochs, as the GPU gets them. */
const ratesOf = (own: CallbackOptions, losses: readonly (number | null)[]) =>
  follow(own, losses).map(({ before }) => Math.fround(before.learningRate ?? own.learningRate));

const cases = golden.curves.flatMap(({ name, losses, settings }) =>
  settings.map((setting, index) => ({ ...setting, name: `${name}, settings ${index}`, losses })),
);

test("there are ten curves, and each callback acts on some and not on others", () => {
  expect(golden.curves).toHaveLength(10);
  for (const acts of [
    ({ expected }: (typeof cases)[number]) => expected.reductions.length > 0,
    ({ expected }: (typeof cases)[number]) => expected.stopped !== null,
  ]) {
    const count = cases.filter(acts).length;
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(cases.length - 5);
  }
});

describe.each(cases)("$name", ({ losses, learningRate, plateau, earlyStopping, expected }) => {
  test("the learning rate is that of Keras's ReduceLROnPlateau, in the same epochs and bits", () => {
    const rates = ratesOf(options({ learningRate, schedule: { name: "plateau", ...plateau } }), losses);
    const reductions = rates.flatMap((rate, i) => (i > 0 && rate !== rates[i - 1] ? [[i + 1, rate]] : []));
    expect(reductions).toEqual(expected.reductions);
  });

  test("it stops in the epoch of Keras's EarlyStopping, with the same best one", () => {
    const stopping = { ...earlyStopping, restoreBestWeights: true };
    const last = follow(options({ learningRate, earlyStopping: stopping }), losses).at(-1);
    expect(last?.after.earlyStopping.isStopped ? last.epoch : null).toBe(expected.stopped);
    expect(last?.after.earlyStopping.best?.epoch).toBe(expected.restored);
  });

  // tfjs's has no first epoch that counts, and stops in the very first where Keras's waits for the second.
  test.skipIf(earlyStopping.startFromEpoch > 0 || earlyStopping.patience === 0)("and of tfjs's", async () => {
    const callback = kerasInJavaScript.earlyStopping({ monitor: "val_loss", ...earlyStopping });
    const model = { stopTraining: false };
    Object.assign(callback, { model });
    await callback.onTrainBegin();
    let stopped: number | null = null;
    for (const [index, loss] of losses.entries()) {
      await callback.onEpochEnd(index, { val_loss: loss });
      if (!model.stopTraining) continue;
      stopped = index + 1;
      break;
    }
    expect(stopped).toBe(expected.stopped);
  });

  test("the best weights are saved in the epochs of Keras's ModelCheckpoint", () => {
    let best: BestEpoch | null = null;
    const saved: number[] = [];
    losses.forEach((loss, i) => {
      best = bestAfter(best, i + 1, loss);
      if (best?.epoch === i + 1) saved.push(i + 1);
    });
    expect(saved).toEqual(expected.saved);
  });
});

describe("schedules that depend on the epoch alone", () => {
  const losses = Array.from({ length: 6 }, () => null);

  test("step: a factor every so many epochs", () => {
    const schedule = { name: "step", every: 2, factor: 0.5 } as const;
    expect(ratesOf(options({ schedule, learningRate: 1 }), losses)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  });

  test("cosine: half of one over the run's epochs, down to alpha", () => {
    const rates = (alpha: number) =>
      ratesOf(options({ schedule: { name: "cosine", alpha }, learningRate: 8, epochs: 4 }), losses);
    const root = Math.SQRT1_2;
    const whole = [8, 4 * (1 + root), 4, 4 * (1 - root), 0, 0];
    rates(0).forEach((rate, i) => expect(rate).toBeCloseTo(whole[i], 6));
    rates(0.25).forEach((rate, i) => expect(rate).toBeCloseTo(2 + 0.75 * whole[i], 6));
  });
});

describe("what is said", () => {
  const said = (own: Partial<CallbackOptions>, losses: (number | null)[]) =>
    follow(options(own), losses).map(({ messages }) => messages);
  const plateau = { name: "plateau", factor: 0.2, patience: 2, minDelta: 0, cooldown: 0, minLearningRate: 0 } as const;

  test("a reduction, with its reason", () => {
    expect(said({ schedule: plateau }, [1, 2, 2, 2])).toEqual([
      [],
      [],
      ["learning rate 0.001 -> 0.0002: no improvement of validation loss in 2 epochs"],
      [],
    ]);
    expect(said({ schedule: { ...plateau, patience: 1 } }, [1, 2])[1]).toEqual([
      "learning rate 0.001 -> 0.0002: no improvement of validation loss in 1 epoch",
    ]);
  });

  test("a step, but not after the last epoch; a cosine changes in silence", () => {
    const losses = [null, null, null, null];
    const schedule = { name: "step", every: 2, factor: 0.1 } as const;
    expect(said({ schedule, epochs: 4 }, losses)).toEqual([
      [],
      ["learning rate 0.001 -> 0.0001: epoch 3 begins a step"],
      [],
      [],
    ]);
    expect(said({ schedule: { name: "cosine", alpha: 0 }, epochs: 4 }, losses)).toEqual([[], [], [], []]);
  });

  test("a stop, with the best epoch", () => {
    expect(said({ earlyStopping: earlyStoppingOf(2) }, [3, 2, 4, 5, 6])).toEqual([
      [],
      [],
      [],
      ["stopped early: no improvement of validation loss in 2 epochs, the best was 2.00000 in epoch 2"],
    ]);
  });
});

test("where the rate is the least already, the wait grows on in silence", () => {
  const schedule = { name: "plateau", factor: 0.2, patience: 2, minDelta: 0, cooldown: 0, minLearningRate: 0.001 };
  const epochs = follow(options({ schedule: { ...schedule, name: "plateau" } }), [1, 2, 2, 2, 2]);
  expect(epochs.map(({ after }) => after.plateau.wait)).toEqual([0, 1, 2, 3, 4]);
  expect(epochs.flatMap(({ messages }) => messages)).toEqual([]);
});

test("without a validation loss a plateau and early stopping change nothing", () => {
  const schedule = scheduleFor(constant, parseScheduleRequest("plateau:patience=0"));
  const own = options({ schedule, earlyStopping: { ...earlyStoppingOf(1), patience: 0 } });
  expect(follow(own, [null, null, null]).map(({ after }) => after)).toEqual(Array(3).fill(initialCallbacks));
});

describe("a schedule on the command line", () => {
  test("its options are the preset's where it has that schedule, else Keras's defaults", () => {
    const own = scheduleFor(constant, parseScheduleRequest("plateau:factor=0.2,minLearningRate=1e-6"));
    expect(own).toEqual({
      ...{ name: "plateau", factor: 0.2, patience: 10, minDelta: 1e-4, cooldown: 0, minLearningRate: 1e-6 },
    });
    expect(scheduleFor(own, parseScheduleRequest("plateau:patience=3"))).toEqual({ ...own, patience: 3 });
    expect(scheduleFor(own, parseScheduleRequest("cosine"))).toEqual({ name: "cosine", alpha: 0 });
    expect(scheduleFor(own, undefined)).toBe(own);
  });

  test("what it can be names every schedule with the options that it takes", () => {
    expect(scheduleContract).toContain(
      "constant, plateau (factor, patience, minDelta, cooldown, minLearningRate), step (every, factor) or cosine (alpha), ",
    );
    for (const name of scheduleNames) {
      const { name: _, ...options } = scheduleFor(constant, parseScheduleRequest(name));
      const [, listed = ""] = new RegExp(`${name} \\((.*?)\\)`).exec(scheduleContract) ?? [];
      expect(listed).toBe(Object.keys(options).join(", "));
    }
  });

  test.each(scheduleNames)("%s is read as it is shown", (name) => {
    const schedule = scheduleFor(constant, parseScheduleRequest(name));
    expect(scheduleFor(constant, parseScheduleRequest(showSchedule(schedule)))).toEqual(schedule);
  });

  test.each([
    ...["", "linear", "plateau:", "plateau:patience", "plateau:patience=x", "plateau:patience=1.5", "plateau:factor=1"],
    ...["plateau:every=3", "plateau:name=3", "step:factor=0", "step:every=0", "cosine:alpha=1.1", "constant:alpha=0"],
    ...["plateau:patience=3,patience=4", "plateau:patience=3:factor=0.5", "step:factor=.", "step:factor=0.5,"],
  ])("%j is none", (text) => {
    expect(parseScheduleRequest(text)).toBeUndefined();
  });
});
