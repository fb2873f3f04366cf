/** The images of one part of a run's split, as figures and tables need them. */
import type { partNames, scoredParts } from "../data/split.ts";
import { type Composition, compositionOf } from "../nn/evaluation/composition.ts";
import { type RegressionMetrics, regressionMetrics } from "../nn/metrics.ts";
import type { PredictionRow, Predictions } from "./predictions.ts";

export interface Cases {
  readonly part: (typeof partNames)[number];
  readonly outputs: readonly string[];
  /** At least one. */
  readonly rows: readonly PredictionRow[];
  readonly scores: RegressionMetrics;
  /** Of the predictions; null where labels are no fractions of one whole. */
  readonly composition: Composition | null;
}

/** One output of all images. */
export interface OutputCases {
  readonly name: string;
  readonly r2: number | null;
  readonly points: readonly { readonly actual: number; readonly predicted: number }[];
}

/**
 * What was held back from training: the images that test, those that validate where none tests, else those that train;
 * null where there are no predictions.
 */
export function heldCases({ outputs, rows }: Predictions, batch: number): Cases | null {
  for (const part of ["test", "validation", "train"] as const) {
    const own = rows.filter(({ split }) => split === part);
    if (own.length === 0) continue;
    const predicted = Float32Array.from(own.flatMap((row) => row.predicted));
    const actual = Float32Array.from(own.flatMap((row) => row.actual));
    const scores = regressionMetrics(predicted, actual, outputs, batch);
    return {
      part,
      outputs,
      rows: own,
      scores,
      composition: compositionOf({ prediction: predicted, target: actual }, outputs),
    };
  }
  return null;
}

export const outputCases = ({ outputs, rows, scores }: Cases): OutputCases[] =>
  outputs.map((name, k) => ({
    name,
    r2: scores.outputs[k]?.r2 ?? null,
    points: rows.map(({ actual, predicted }) => ({ actual: actual[k] ?? 0, predicted: predicted[k] ?? 0 })),
  }));

/** What parts of the split are called. */
export const partTitles: Readonly<Record<(typeof scoredParts)[number], string>> = {
  ...{ train: "training", validation: "validation", test: "test", outOfRange: "out of range" },
};

/** What the images are called in captions: "60 images of the test part". */
export const casesText = ({ rows, part }: Cases): string =>
  `${rows.length} ${rows.length === 1 ? "image" : "images"} of the ${partTitles[part]} part`;

/** An image's mean absolute error over its outputs. */
export const errorOf = ({ actual, predicted }: PredictionRow): number =>
  actual.reduce((sum, value, k) => sum + Math.abs(value - (predicted[k] ?? 0)), 0) / actual.length;

/** The images of the largest errors, the worst first; of equal ones in the file's order. */
export const worstOf = ({ rows }: Cases, count: number): PredictionRow[] =>
  [...rows].sort((a, b) => errorOf(b) - errorOf(a)).slice(0, count);
