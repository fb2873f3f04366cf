/** Whether predictions are what fractions of a whole can be: none negative, none above 1, and their sum 1. */
import { labelSums } from "../../data/label-statistics.ts";
import type { Pairs } from "../metrics.ts";

export interface Composition {
  /** The mean over images of the distance of an image's sum from 1. */
  readonly sumError: number;
  /** Shares of all predicted values. */
  readonly negative: number;
  readonly aboveOne: number;
}

/** @returns null where the targets are no fractions of a whole, so that nothing follows for predictions. */
export function compositionOf({ prediction, target }: Pairs, outputs: readonly string[]): Composition | null {
  if (!labelSums({ outputs, values: target }).isComposition) return null;
  const width = outputs.length;
  let sumError = 0;
  for (let start = 0; start < prediction.length; start += width) {
    const sum = prediction.subarray(start, start + width).reduce((total, value) => total + value, 0);
    sumError += Math.abs(sum - 1);
  }
  const share = (isOut: (value: number) => boolean) => prediction.filter(isOut).length / prediction.length;
  return {
    sumError: (sumError * width) / prediction.length,
    negative: share((value) => value < 0),
    aboveOne: share((value) => value > 1),
  };
}
