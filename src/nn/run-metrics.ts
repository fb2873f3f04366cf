/** The scores of a finished run, `metrics.json`: of each part of the split that has images. */
import { z } from "zod";
import { parseChecked } from "../checked-json.ts";

const value = z.number();
const scores = { mse: value, mae: value, rmse: value, mape: value, r2: value.nullable() };
const interval = z.object({ low: value, high: value });
const intervals = z
  .object({ mse: interval, mae: interval, rmse: interval, mape: interval, r2: interval.nullable() })
  .nullable();
const calibration = z.object({
  slope: value.nullable(),
  intercept: value.nullable(),
  bins: z.array(z.object({ n: z.int().positive(), predicted: value, actual: value, sd: value.nullable().optional() })),
});
const agreement = z.object({ bias: value, sd: value, low: value, high: value }).nullable();
const noise = z
  .object({
    labelsAre: z.enum(["priors", "realised fractions", "neither"]),
    ...{ meanCells: value, idealCounter: value, bestShrinkage: value, shrinkage: value, realisedAgainstPrior: value },
  })
  .nullable();

/** Runs before intervals, calibration and the like were evaluated have the scores alone. */
const part = z.object({
  n: z.int().positive(),
  ...scores,
  keras: z.object({ rmse: value, r2: value }),
  outputs: z.array(
    z.object({
      name: z.string(),
      ...scores,
      intervals: intervals.optional(),
      calibration: calibration.optional(),
      agreement: agreement.optional(),
    }),
  ),
  intervals: intervals.optional(),
  bootstrap: z.object({ seed: z.int().min(0), resamples: z.int().positive() }).optional(),
  r2By: z.object({ labelVariance: value, implied: value.nullable(), columns: value.nullable() }).optional(),
  composition: z.object({ sumError: value, negative: value, aboveOne: value }).nullable().optional(),
  noise: noise.optional(),
});
const schema = z.object({
  ...{ train: part.optional(), validation: part.optional(), test: part.optional(), outOfRange: part.optional() },
});

export type RunMetrics = z.infer<typeof schema>;

/** @param file stands in messages. @throws DataError if the text holds no such scores. */
export function parseRunMetrics(text: string, file: string): RunMetrics {
  const cure = "Remove it and score again with cellgrad evaluate";
  return parseChecked(schema, text, `${file}: expected a run's scores in JSON`, cure);
}
