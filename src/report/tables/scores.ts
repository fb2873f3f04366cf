/** The scores of a run beside the thesis's. */
import type { scoredParts } from "../../data/split.ts";
import type { Interval, Intervals } from "../../nn/evaluation/bootstrap.ts";
import type { RunMetrics } from "../../nn/run-metrics.ts";
import { type Cases, casesText, partTitles } from "../cases.ts";
import { scoreText } from "../figures/axes.ts";
import { noiseFloorText } from "../noise-floor.ts";
import type { Predictions } from "../predictions.ts";
import { thesisCurves, thesisRNet } from "../thesis.ts";
import { zeroLabelsText } from "../zero-labels.ts";
import { none, type Row, type Table } from "./table.ts";

const text = (value: number | null): string => (value === null ? none : scoreText(value));

/** What is held back first, and what was kept out of all parts last. */
const shownParts = ["test", "validation", "train", "outOfRange"] as const satisfies readonly Part[];

type Part = (typeof scoredParts)[number];

/** @param predictions of the same run, for how many labels are 0. */
export function scoresTable(metrics: RunMetrics, predictions: Predictions): Table {
  const own = shownParts.flatMap((part): Row[] => {
    const scores = metrics[part];
    if (!scores) return [];
    const { n, mse, mae, mape, rmse, r2, keras, intervals } = scores;
    const values = [mse, mae, mape, rmse, r2, keras.rmse, keras.r2].map(text);
    const below = ["", "", ...intervalTexts(intervals)];
    return [{ cells: [`this run, ${partTitles[part]}`, String(n), ...values], below, isOwn: true }];
  });
  const { mse, mae, mape, rmse, r2 } = thesisRNet;
  const best = [mse, mae, mape, null, null, rmse, r2].map(text);
  return {
    id: "scores",
    title: "Scores of the best weights, beside the thesis's",
    caption: captionOf(metrics, predictions),
    head: ["", "images", "MSE", "MAE", "MAPE,\u00a0%", "RMSE", "R²", "RMSE by batch", "R² by batch"],
    rows: [
      ...own,
      { cells: ["thesis, Table 3", none, ...best] },
      { cells: ["thesis, validation at epoch 200", "750", ...lastOf("validation")] },
      { cells: ["thesis, training at epoch 200", "3500", ...lastOf("training")] },
    ],
  };
}

/** What is to be known of this run's scores, ahead of what holds for every run. */
function captionOf(metrics: RunMetrics, predictions: Predictions): string {
  const scored = shownParts.flatMap((part) => metrics[part] ?? []);
  const [bootstrap] = scored.flatMap((own) => (own.intervals && own.bootstrap) ?? []);
  const [noise] = scored.flatMap((own) => own.noise ?? []);
  const zeros = zeroLabelsText(predictions);
  return [
    "By batch: the mean over batches of the thesis's own functions, as Keras reports them. Only these columns compare",
    "with the thesis's RMSE and R²; the others take all images at once. Table 3 does not say of which part it is.",
    ...(bootstrap
      ? [`In brackets: 95 % intervals from ${bootstrap.resamples} bootstrap sets of the images of a part.`]
      : []),
    ...(noise ? [`${capitalised(noiseFloorText(noise))}.`] : []),
    ...(zeros === null
      ? []
      : [`${zeros} labels are 0; there MAPE divides by 10⁻⁷, as Keras's does, and these labels decide it.`]),
  ].join(" ");
}

const capitalised = (sentence: string): string => sentence.slice(0, 1).toUpperCase() + sentence.slice(1);

function lastOf(part: "training" | "validation"): string[] {
  const { mse, mae, mape, r2 } = thesisCurves;
  return [mse[part].last, mae[part].last, mape[part].last, null, null, null, r2[part].last].map(text);
}

/** Of MSE, MAE, MAPE, RMSE and R², in the tables' order; empty where there are none. */
function intervalTexts(intervals: Intervals | null | undefined): string[] {
  if (!intervals) return [];
  const { mse, mae, mape, rmse, r2 } = intervals;
  return [mse, mae, mape, rmse, r2].map(intervalText);
}

const intervalText = (interval: Interval | null): string =>
  interval === null ? "" : `[${scoreText(interval.low)}, ${scoreText(interval.high)}]`;

/** The scores of each output. @param metrics of the same run, for intervals. */
export function outputsTable(cases: Cases, metrics: RunMetrics): Table {
  const evaluated = metrics[cases.part]?.outputs ?? [];
  return {
    id: "scores-by-output",
    title: "Scores of each output",
    caption: `${casesText(cases)}. R² compares with predicting the mean of that output's own labels.`,
    head: ["output", "MSE", "MAE", "MAPE,\u00a0%", "RMSE", "R²"],
    rows: cases.scores.outputs.map(({ name, mse, mae, mape, rmse, r2 }, k) => ({
      cells: [name, ...[mse, mae, mape, rmse, r2].map(text)],
      below: ["", ...intervalTexts(evaluated[k]?.intervals)],
    })),
  };
}

/** R² of the same predictions by each convention; null for runs that were scored before these were evaluated. */
export function conventionsTable(metrics: RunMetrics): Table | null {
  const rows = shownParts.flatMap((part): Row[] => {
    const { r2 = null, r2By, keras } = metrics[part] ?? {};
    if (!r2By || !keras) return [];
    const { labelVariance, implied, columns } = r2By;
    return [{ cells: [partTitles[part], ...[labelVariance, r2, implied, columns, keras.r2].map(text)] }];
  });
  if (rows.length === 0) return null;
  return {
    id: "r2-by-convention",
    title: "R² by convention",
    caption:
      "The implied R² is 1 − MSE / variance, with the variance of all labels about one mean: what R² has to be beside " +
      "that MSE. A published R² far from it is by another convention or of other images.",
    head: [
      "",
      "labels' variance",
      "one mean over all",
      "implied by the MSE",
      "mean of the outputs' own",
      "mean over batches",
    ],
    rows,
  };
}
