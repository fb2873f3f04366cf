/** What happens after an epoch: the learning rate of the next one, and whether there is a next one. Pure. */
import {
  earlyStoppingAfter,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
  initialEarlyStopping,
} from "./early-stopping.ts";
import { initialPlateau, type PlateauState, plateauAfter } from "./plateau.ts";
import { type Schedule, scheduledRate } from "./schedule.ts";

export interface CallbackOptions {
  /** Of the first epoch. */
  readonly learningRate: number;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly earlyStopping: EarlyStoppingOptions | null;
}

/** What a checkpoint keeps of them, so that a resumed run acts as one that was not stopped. */
export interface CallbackState {
  /** Of the coming epoch; null before a callback has set it, which is that of the first epoch. */
  readonly learningRate: number | null;
  readonly plateau: PlateauState;
  readonly earlyStopping: EarlyStoppingState;
}

export const initialCallbacks: CallbackState = {
  learningRate: null,
  plateau: initialPlateau,
  earlyStopping: initialEarlyStopping,
};

export interface AfterEpoch {
  readonly state: CallbackState;
  /** What was done and why, in words; nothing of a rate that changes with every epoch. */
  readonly messages: readonly string[];
}

/**
 * @param epoch the one that has finished, from 1.
 * @param valLoss its validation loss; null without a validation, where a plateau and early stopping, like Keras's, never
 * act.
 */
export function afterEpoch(
  options: CallbackOptions,
  before: CallbackState,
  epoch: number,
  valLoss: number | null,
): AfterEpoch {
  const scheduled = afterSchedule(options, before, epoch, valLoss);
  const { earlyStopping: stopping } = options;
  if (!stopping || valLoss === null) return scheduled;
  const earlyStopping = earlyStoppingAfter(stopping, before.earlyStopping, epoch, valLoss);
  const state = { ...scheduled.state, earlyStopping };
  return { state, messages: [...scheduled.messages, ...stopMessages(state)] };
}

function afterSchedule(
  { schedule, learningRate, epochs }: CallbackOptions,
  before: CallbackState,
  epoch: number,
  valLoss: number | null,
): AfterEpoch {
  const old = before.learningRate ?? learningRate;
  if (schedule.name !== "plateau") {
    const rate = scheduledRate(schedule, learningRate, epoch, epochs);
    const isTold = schedule.name === "step" && rate !== old && epoch < epochs;
    const state = { ...before, learningRate: rate };
    return { state, messages: isTold ? [rateMessage(old, rate, `epoch ${epoch + 1} begins a step`)] : [] };
  }
  if (valLoss === null) return { state: before, messages: [] };
  const { state: plateau, learningRate: rate } = plateauAfter(schedule, before.plateau, old, valLoss);
  const waited = before.plateau.wait + 1;
  const reason = `no improvement of validation loss in ${waited} ${waited === 1 ? "epoch" : "epochs"}`;
  const state = { ...before, plateau, learningRate: rate };
  return { state, messages: rate === old ? [] : [rateMessage(old, rate, reason)] };
}

const rateMessage = (from: number, to: number, reason: string): string =>
  `learning rate ${showRate(from)} -> ${showRate(to)}: ${reason}`;

/** Without the digits that float32 adds. */
export const showRate = (rate: number): string => String(Number(rate.toPrecision(6)));

function stopMessages({ earlyStopping: { best, wait, isStopped } }: CallbackState): string[] {
  if (!isStopped) return [];
  const since = best ? `, the best was ${best.loss.toFixed(5)} in epoch ${best.epoch}` : "";
  return [`stopped early: no improvement of validation loss in ${wait} ${wait === 1 ? "epoch" : "epochs"}${since}`];
}
