/**
 * Keras's EarlyStopping of a loss: training ends where the loss no longer improves. A loss with loss + minDelta below
 * the best is the new best and ends the wait; any other adds 1 to it; once that is `patience`, training stops. Epochs before
 * `startFromEpoch` do not count, and the first that does is the best so far.
 */

export interface EarlyStoppingOptions {
  /** Epochs without an improvement. */
  readonly patience: number;
  /** By how much a loss has to be lower, in its units. */
  readonly minDelta: number;
  /** Whether the last weights become those of the best epoch, as in Keras 2 where training was stopped. */
  readonly restoreBestWeights: boolean;
  /** How many epochs pass before the first that counts. */
  readonly startFromEpoch: number;
}

export interface EarlyStoppingState {
  /** Null before the first epoch that counts. */
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  readonly wait: number;
  readonly isStopped: boolean;
}

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
