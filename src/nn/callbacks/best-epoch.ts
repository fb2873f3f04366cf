/** The epoch whose weights a run keeps as its best, by the rule of Keras's ModelCheckpoint with save_best_only. */

export interface BestEpoch {
  readonly epoch: number;
  readonly valLoss: number;
}

/** This epoch where its loss is strictly the least so far, else the one before; null before there was a validation. */
export const bestAfter = (best: BestEpoch | null, epoch: number, valLoss: number | null): BestEpoch | null =>
  valLoss !== null && valLoss < (best?.valLoss ?? Infinity) ? { epoch, valLoss } : best;
