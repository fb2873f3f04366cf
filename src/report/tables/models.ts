/** Table 3 of the thesis, with this run, and whether its rows can be of one data set. */
import type { HistoryRow } from "../../nn/history.ts";
import type { RunMetrics } from "../../nn/run-metrics.ts";
import { scoreText } from "../figures/axes.ts";
import { impliedR2, impliedVariance, type ThesisModel, thesisModels, thesisRNet } from "../thesis.ts";
import { none, type Row, type Table } from "./table.ts";

const text = (value: number | null): string => (value === null ? none : scoreText(value));

/** @param name of the preset. */
export function modelsTable(name: string, metrics: RunMetrics, history: readonly HistoryRow[]): Table {
  const hours = history.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  const own = (["test", "validation"] as const).flatMap((part): Row[] => {
    const scores = metrics[part];
    if (!scores) return [];
    const { mse, mae, r2, mape, rmse } = scores;
    const variance = r2 === null || r2 === 1 ? null : mse / (1 - r2);
    const values = [mse, mae, r2, mape, rmse].map(text);
    const took = [String(history.length), hours < 0.1 ? hours.toPrecision(1) : hours.toFixed(1)];
    return [{ cells: [`${name}, this run, ${part}`, ...values, ...took, text(variance), none], isOwn: true }];
  });
  return {
    id: "table-3-models",
    title: "Table 3. Models",
    caption:
      "The thesis's rows and this run, whose images are others. The implied variance of the labels, MSE / (1 − R²), is the " +
      "same for all models on the same images. In the thesis it is not, so its rows cannot all be of one set. The implied " +
      "R² is what each MSE means where R-Net's row is right.",
    head: [
      "model",
      "MSE",
      "MAE",
      "R²",
      "MAPE,\u00a0%",
      "RMSE",
      "epochs",
      "hours",
      "implied label variance",
      "implied R²",
    ],
    rows: [...[...thesisModels, thesisRNet].map(rowOf), ...own],
  };
}

function rowOf(model: ThesisModel): Row {
  const { name, mse, mae, r2, mape, rmse, epochs, hours } = model;
  const implied = [impliedVariance(model), impliedR2(model)].map(text);
  return { cells: [name, ...[mse, mae, r2, mape, rmse].map(text), String(epochs), `~${hours}`, ...implied] };
}
