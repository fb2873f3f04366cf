/** The scores of a run beside the thesis's. */
import { partNames } from "../../data/split.ts";
import type { RunMetrics } from "../../nn/run-metrics.ts";
import type { Cases } from "../cases.ts";
import { casesText } from "../cases.ts";
import { scoreText } from "../figures/axes.ts";
import { thesisCurves, thesisRNet } from "../thesis.ts";
import { none, type Row, type Table } from "./table.ts";

const text = (value: number | null): string => (value === null ? none : scoreText(value));

const partTitles = { train: "training", validation: "validation", test: "test" } as const;

export function scoresTable(metrics: RunMetrics): Table {
  const own = partNames.flatMap((part): Row[] => {
    const scores = metrics[part];
    if (!scores) return [];
    const { n, mse, mae, mape, rmse, r2, keras } = scores;
    const values = [mse, mae, mape, rmse, r2, keras.rmse, keras.r2].map(text);
    return [{ cells: [`this run, ${partTitles[part]}`, String(n), ...values], isOwn: true }];
  });
  const { mse, mae, mape, rmse, r2 } = thesisRNet;
  const best = [mse, mae, mape, null, null, rmse, r2].map(text);
  return {
    id: "scores",
    title: "Scores of the best weights, beside the thesis's",
    caption:
      "By batch: the mean over batches of the thesis's own functions, as Keras reports them. Only these columns compare " +
      "with the thesis's RMSE and R²; the others take all images at once. Table 3 does not say of which part it is.",
    head: ["", "images", "MSE", "MAE", "MAPE,\u00a0%", "RMSE", "R²", "RMSE by batch", "R² by batch"],
    rows: [
      ...own.reverse(),
      { cells: ["thesis, Table 3", none, ...best] },
      { cells: ["thesis, validation at epoch 200", "750", ...lastOf("validation")] },
      { cells: ["thesis, training at epoch 200", "3500", ...lastOf("training")] },
    ],
  };
}

function lastOf(part: "training" | "validation"): string[] {
  const { mse, mae, mape, r2 } = thesisCurves;
  return [mse[part].last, mae[part].last, mape[part].last, null, null, null, r2[part].last].map(text);
}

/** The scores of each output. */
export function outputsTable(cases: Cases): Table {
  return {
    id: "scores-by-output",
    title: "Scores of each output",
    caption: `${casesText(cases)}. R² compares with predicting the mean of that output's own labels.`,
    head: ["output", "MSE", "MAE", "MAPE,\u00a0%", "RMSE", "R²"],
    rows: cases.scores.outputs.map(({ name, mse, mae, mape, rmse, r2 }) => ({
      cells: [name, ...[mse, mae, mape, rmse, r2].map(text)],
    })),
  };
}
