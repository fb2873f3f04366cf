/**
 * Keras's EarlyStopping of a loss: training ends where the loss no longer improves. A loss with loss + minDelta below
 * the best is the new best and ends the wait; any other adds 1 to it; once that is `patience`, training stops. Epochs before
 * `startFromEpoch` do not count, and the first that does is the best so far.
 */
import { z } from "zod";

export const earlyStoppingSchema = z.strictObject({
  /** Epochs without an improvement. */
  patience: z.int().min(0),
  /** By how much a loss has to be lower, in its units. */
  minDelta: z.number().min(0),
  /** Whether the last weights become those of the best epoch, as in Keras 2 where training was stopped. */
  restoreBestWeights: z.boolean(),
  /** How many epochs pass before the first that counts. */
  startFromEpoch: z.int().min(0),
});

export type EarlyStoppingOptions = z.infer<typeof earlyStoppingSchema>;

export const earlyStoppingStateSchema = z.strictObject({
  /** Null before the first epoch that counts. */
  best: z.strictObject({ epoch: z.int().positive(), loss: z.number() }).nullable(),
  wait: z.int().min(0),
  isStopped: z.boolean(),
});

export type EarlyStoppingState = z.infer<typeof earlyStoppingStateSchema>;

export const initialEarlyStopping: EarlyStoppingState = { best: null, wait: 0, isStopped: false };

/** Keras's defaults, with a patience of one's own: Keras's is 0. */
export const earlyStoppingOf = (patience: number): EarlyStoppingOptions => ({
  ...{ patience, minDelta: 0, restoreBestWeights: false, startFromEpoch: 0 },
});

/** @param epoch the one that has finished, from 1. */
export function earlyStoppingAfter(
  { patience, minDelta, startFromEpoch }: EarlyStoppingOptions,
  before: EarlyStoppingState,
  epoch: number,
  loss: number,
): EarlyStoppingState {
  if (epoch <= startFromEpoch) return before;
  if (loss + minDelta < (before.best?.loss ?? Infinity)) return { best: { epoch, loss }, wait: 0, isStopped: false };
  const wait = before.wait + 1;
  return { best: before.best, wait, isStopped: wait >= patience };
}
