/** An evaluation for people. */
import type { Interval } from "../nn/evaluation/bootstrap.ts";
import type { Evaluation } from "../nn/evaluation/evaluation.ts";
import type { Scores } from "../nn/metrics.ts";
import type { Preset } from "../nn/preset.ts";
import { noiseFloorText } from "../report/noise-floor.ts";
import { print, printTable } from "./output.ts";

/**
 * Scores with their intervals; then, where asked for, what else there is to say.
 *
 * @param metrics the convention of RMSE and R2 over all outputs; intervals are of the global one alone.
 */
export function printEvaluation(
  split: string,
  evaluation: Evaluation,
  metrics: Preset["metrics"],
  details: boolean,
): void {
  const { n, intervals, noise } = evaluation;
  print(`${split}: ${n} images${intervals ? ", with 95 % bootstrap intervals over images" : ""}`);
  printScores(evaluation, metrics, { MSE: "mse", MAE: "mae", R2: "r2" });
  if (noise) print(noiseFloorText(noise));
  if (!details) return;
  print("");
  printScores(evaluation, metrics, { RMSE: "rmse", "MAPE %": "mape" });
  printOtherR2(evaluation);
  printOutputs(evaluation);
  printComposition(evaluation);
}

/** The intervals of those scores that have one. */
type Shown = Readonly<Partial<Record<keyof Scores, Interval | null>>> | null;

function printScores(
  evaluation: Evaluation,
  metrics: Preset["metrics"],
  columns: Readonly<Record<string, keyof Scores>>,
): void {
  const cells = (name: string, scores: Scores, intervals: Shown) => [
    name,
    ...Object.values(columns).map((score) => withInterval(scores[score], intervals?.[score] ?? null)),
  ];
  const { outputs, intervals, keras } = evaluation;
  const all =
    metrics === "global"
      ? cells("all", evaluation, intervals)
      : cells("all, by batch", { ...evaluation, ...keras }, intervals && { ...intervals, rmse: null, r2: null });
  const rows = [["output", ...Object.keys(columns)], all];
  const own = outputs.map((output) => cells(output.name, output, output.intervals));
  printTable(outputs.length > 1 ? [...rows, ...own] : rows);
}

/** As many decimals as make the interval's width two digits. */
function withInterval(value: number | null, interval: Interval | null): string {
  if (value === null) return "none";
  if (interval === null || interval.high === interval.low) return value.toPrecision(4);
  const decimals = Math.min(Math.max(1 - Math.floor(Math.log10(interval.high - interval.low)), 0), 20);
  const [own = "", low = "", high = ""] = [value, interval.low, interval.high].map((each) => each.toFixed(decimals));
  return `${own} [${low}, ${high}]`;
}

function printOtherR2({ r2, r2By, keras }: Evaluation): void {
  const show = (value: number | null) => value?.toFixed(4) ?? "none";
  print("");
  printTable([
    ["R2 by convention", "R2"],
    ["one mean over images and outputs", show(r2)],
    [`implied by the MSE: 1 - MSE / ${r2By.labelVariance.toPrecision(4)}, the labels' variance`, show(r2By.implied)],
    ["mean of the outputs' own (scikit-learn)", show(r2By.columns)],
    ["mean over batches (the thesis)", show(keras.r2)],
  ]);
  print(`RMSE as a mean over batches, as the thesis has it: ${keras.rmse.toPrecision(4)}`);
}

function printOutputs({ outputs }: Evaluation): void {
  const show = (value: number | null | undefined) => value?.toFixed(4) ?? "none";
  print(
    "\ncalibration is the line of actual on predicted; bias and limits are of predicted minus actual (Bland-Altman)",
  );
  printTable([
    ["output", "slope", "intercept", "bias", "sd", "limits of agreement"],
    ...outputs.map(({ name, calibration: { slope, intercept }, agreement }) => [
      name,
      ...[slope, intercept, agreement?.bias, agreement?.sd].map(show),
      agreement ? `${show(agreement.low)} to ${show(agreement.high)}` : "none",
    ]),
  ]);
}

function printComposition({ composition }: Evaluation): void {
  if (!composition) return;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const { sumError, negative, aboveOne } = composition;
  print(
    `\nas fractions of a whole: sums stray from 1 by ${sumError.toFixed(4)} in the mean; ` +
      `${percent(negative)} of the predictions are negative, ${percent(aboveOne)} above 1`,
  );
}
