/** What a run's files hold, made up: a report needs no training. */
import type { HistoryRow } from "../../src/nn/history.ts";
import { contradictions } from "../../src/nn/contradictions.ts";
import { evaluationOf } from "../../src/nn/evaluation/evaluation.ts";
import { parseRunMetrics } from "../../src/nn/run-metrics.ts";
import type { Predictions } from "../../src/report/predictions.ts";
import type { ReportInput } from "../../src/report/run-report.ts";
import { historyRow, runConfig } from "../support/run-files.ts";

export const outputs = ["round", "spindle", "<b>granular</b>"];

const partOf = (i: number) => (i % 3 === 0 ? "test" : i % 3 === 1 ? "validation" : "train");

/** Compositions of three parts, and predictions that are a little off. */
export function madePredictions(count: number): Predictions {
  const rows = Array.from({ length: count }, (_, i) => {
    const parts = [1 + (i % 5), 1 + ((2 * i) % 7), 1 + ((3 * i) % 4)];
    const sum = parts.reduce((total, part) => total + part, 0);
    const actual = parts.map((part) => part / sum);
    const predicted = actual.map((value, k) => value + (((i + k) % 9) - 4) / 40);
    return { image: `img${i}.png`, split: partOf(i), actual, predicted } as const;
  });
  return { outputs, rows };
}

/** Errors fall and R² rises, from far off to 1 / epochs. */
export function madeHistory(epochs: number): HistoryRow[] {
  return Array.from({ length: epochs }, (_, i) => {
    const mse = 1 / (i + 1);
    const scores = { loss: mse, mse, mae: mse / 2, rmse: Math.sqrt(mse), mape: 900 * mse, r2: 1 - 40 * mse };
    const keras = { rmse: scores.rmse, r2: scores.r2 };
    const val = { ...scores, keras, loss: i === 2 ? 0.001 : mse };
    return { ...historyRow, ...scores, keras, epoch: i + 1, step: 2 * (i + 1), val };
  });
}

export function madeInput(): ReportInput {
  const predictions = madePredictions(60);
  const scored = (part: string) => {
    const own = predictions.rows.filter(({ split }) => split === part);
    const flat = (values: readonly (readonly number[])[]) => Float32Array.from(values.flat());
    const pairs = {
      prediction: flat(own.map(({ predicted }) => predicted)),
      target: flat(own.map(({ actual }) => actual)),
    };
    return evaluationOf(pairs, outputs, { batch: 8, seed: 0, drawn: null });
  };
  const metrics = { train: scored("train"), validation: scored("validation"), test: scored("test") };
  return {
    run: "runs/<img src=x>",
    date: "2026-01-02T03:04:05.000Z",
    config: { ...runConfig, data: "data/cells & co", outputs, images: 60 },
    history: madeHistory(20),
    metrics: parseRunMetrics(JSON.stringify(metrics), "metrics.json"),
    predictions,
    contradictions,
    pictures: new Map([["img0.png", "data:image/png;base64,AAAA"]]),
    imageFigures: [],
  };
}
