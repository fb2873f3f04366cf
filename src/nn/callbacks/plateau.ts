/**
 * Keras's ReduceLROnPlateau of a loss: the learning rate shrinks where the loss has stopped to.
 *
 * After each epoch, in this order: a cooldown goes on, and holds the wait at 0; a loss below best - minDelta is the new
 * best, and ends the wait; any other outside a cooldown adds 1 to the wait; once that is `patience`, the rate is
 * multiplied by `factor`, but not below `minLearningRate`, and a cooldown begins. A rate that is that low already stays,
 * and the wait grows on.
 */

export interface PlateauOptions {
  /** In (0, 1). */
  readonly factor: number;
  /** Epochs without an improvement. */
  readonly patience: number;
  /** By how much a loss has to be lower, in its units. */
  readonly minDelta: number;
  /** Epochs after a reduction that do not count. */
  readonly cooldown: number;
  readonly minLearningRate: number;
}

export interface PlateauState {
  /** Null before the first epoch. */
  readonly best: number | null;
  readonly wait: number;
  /** Epochs of the cooldown that are left. */
  readonly cooldown: number;
}

export const initialPlateau: PlateauState = { best: null, wait: 0, cooldown: 0 };

/** The state after an epoch of this loss, and the rate of the next one: the very same where nothing was reduced. */
export function plateauAfter(
  options: PlateauOptions,
  before: PlateauState,
  learningRate: number,
  loss: number,
): { readonly state: PlateauState; readonly learningRate: number } {
  const cooldown = Math.max(before.cooldown - 1, 0);
  const best = before.best ?? Infinity;
  if (loss < best - options.minDelta) return { state: { best: loss, wait: 0, cooldown }, learningRate };
  if (cooldown > 0) return { state: { best: before.best, wait: 0, cooldown }, learningRate };
  const wait = before.wait + 1; // 0 until here in a cooldown
  if (wait < options.patience || !canReduce(options, learningRate)) {
    return { state: { best: before.best, wait, cooldown }, learningRate };
  }
  // Keras keeps the rate in float32 and multiplies in float64.
  const reduced = Math.max(Math.fround(learningRate) * options.factor, options.minLearningRate);
  return { state: { best: before.best, wait: 0, cooldown: options.cooldown }, learningRate: reduced };
}

/** Whether a rate is above the least; both in float32, as Keras compares them. */
export const canReduce = ({ minLearningRate }: Pick<PlateauOptions, "minLearningRate">, learningRate: number) =>
  Math.fround(learningRate) > Math.fround(minLearningRate);
