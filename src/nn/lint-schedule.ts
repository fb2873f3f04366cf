/** Schedules and stops that can never act: they read as if they did. */
import { showRate } from "./callbacks/callbacks.ts";
import { canReduce } from "./callbacks/plateau.ts";
import type { Schedule } from "./callbacks/schedule.ts";
import type { Finding, LintFacts } from "./lint-finding.ts";
import type { Preset } from "./preset.ts";

const finding = (message: string, thesis: string | null = null): Finding => ({
  ...{ rule: "schedule", isRefused: false, message, thesis },
});

export const schedulesThatNeverAct = (preset: Preset, facts: LintFacts): Finding[] =>
  [learningRate(preset, facts), earlyStopping(preset, facts)].filter((found) => found !== null);

/** The first epoch after which a wait can be over: the first one is always the best so far. */
const firstToAct = (patience: number, startFromEpoch = 0): number => startFromEpoch + 1 + Math.max(patience, 1);

function learningRate({ schedule, optimizer, epochs }: Preset, facts: LintFacts): Finding | null {
  if (schedule.name === "plateau") return plateau(schedule, optimizer.learningRate, epochs, facts);
  if (schedule.name !== "step" || schedule.every < epochs) return null;
  return finding(
    `the learning rate never falls: its first step comes after ${schedule.every} epochs, and there are ${epochs}; ` +
      `--schedule step:every=${Math.max(Math.floor(epochs / 3), 1)} has steps`,
  );
}

function plateau(
  schedule: Schedule & { readonly name: "plateau" },
  rate: number,
  epochs: number,
  { validationImages }: LintFacts,
): Finding | null {
  if (validationImages === 0) {
    return finding("the learning rate never falls: a plateau is one of validation loss, and no images validate");
  }
  if (!canReduce(schedule, rate)) {
    const least = showRate(schedule.minLearningRate);
    const isThesis = schedule.minLearningRate === 0.001 && rate === 0.001;
    return finding(
      `the learning rate never falls on a plateau: it begins at ${showRate(rate)}, and ${least} is the least allowed; ` +
        `--schedule plateau:minLearningRate=${showRate(rate / 1000)} lets it`,
      isThesis ? "section 2.3.1 reduces the rate on a plateau; Appendix I has min_lr=0.001, RMSprop's own rate" : null,
    );
  }
  if (firstToAct(schedule.patience) < epochs) return null;
  return finding(
    `the learning rate never falls on a plateau: it waits for ${schedule.patience} epochs without improvement, and ` +
      `there are ${epochs}; lower the patience, such as --schedule plateau:patience=${Math.max(Math.floor(epochs / 10), 1)}`,
  );
}

function earlyStopping({ earlyStopping: options, epochs }: Preset, { validationImages }: LintFacts): Finding | null {
  if (!options) return null;
  if (validationImages === 0) return finding("early stopping never acts: no images validate");
  if (firstToAct(options.patience, options.startFromEpoch) < epochs) return null;
  return finding(
    `early stopping never acts: it waits for ${options.patience} epochs without improvement, and there are ${epochs}`,
  );
}
