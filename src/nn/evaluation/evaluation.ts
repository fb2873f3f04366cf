/** Everything that `metrics.json` and `cellgrad evaluate` say of a set of predictions. */
import { type Drawn, type LabelNoise, labelNoise } from "../../data/label-noise.ts";
import { meanOf, varianceOf } from "../../statistics.ts";
import { type Pairs, type RegressionMetrics, regressionMetrics, type Scores } from "../metrics.ts";
import { type Agreement, agreementOf } from "./agreement.ts";
import { bootstrapIntervals, type BootstrapOptions, type Intervals } from "./bootstrap.ts";
import { type Calibration, calibrationOf } from "./calibration.ts";
import { type Composition, compositionOf } from "./composition.ts";

/** The scores of one output. Its R2 is scikit-learn's, about the mean of its own column. */
export interface OutputEvaluation extends Scores {
  readonly name: string;
  /** 95 % intervals; null for one image. */
  readonly intervals: Intervals | null;
  readonly calibration: Calibration;
  readonly agreement: Agreement | null;
}

/** R2 of the same predictions by other conventions than `r2`, which takes one mean over rows and columns. */
export interface OtherR2 {
  /** The variance of all targets about one mean, 1/K where they are fractions of a whole. */
  readonly labelVariance: number;
  /** 1 - MSE / labelVariance: what R2 has to be beside this MSE. It is `r2`; a published R2 far from it is of other data. */
  readonly implied: number | null;
  /** The mean of the outputs' R2, scikit-learn's default; null where an output has none. */
  readonly columns: number | null;
}

export interface Evaluation extends RegressionMetrics {
  readonly outputs: readonly OutputEvaluation[];
  readonly intervals: Intervals | null;
  readonly bootstrap: BootstrapOptions;
  readonly r2By: OtherR2;
  readonly composition: Composition | null;
  /** How near to the targets counting can come, where it is known how the cells were drawn. */
  readonly noise: LabelNoise | null;
}

export interface EvaluationOptions {
  /** Rows a batch, for the means over batches. */
  readonly batch: number;
  /** Decides what the bootstrap draws. */
  readonly seed: number;
  /** Of the same images in the same order; null where it is not known. */
  readonly drawn: Drawn | null;
}

/** Sets that the bootstrap draws: enough that the ends of an interval are steady to about a twentieth of its width. */
const resamples = 1000;

/**
 * @param pairs [N, K] each, with K = outputs.length.
 * @throws ShapeError, UsageError or DataError as `regressionMetrics`.
 */
export function evaluationOf(
  { prediction, target }: Pairs,
  outputs: readonly string[],
  { batch, seed, drawn }: EvaluationOptions,
): Evaluation {
  const metrics = regressionMetrics(prediction, target, outputs, batch);
  const bootstrap = { seed, resamples };
  const intervals = bootstrapIntervals({ prediction, target }, outputs.length, bootstrap);
  const column = (values: Float32Array, k: number) =>
    Array.from({ length: metrics.n }, (_, row) => values[row * outputs.length + k]!);
  return {
    ...metrics,
    outputs: metrics.outputs.map((own, k) => {
      const [predicted, actual] = [column(prediction, k), column(target, k)];
      return {
        ...own,
        intervals: intervals?.outputs[k] ?? null,
        calibration: calibrationOf(predicted, actual),
        agreement: agreementOf(predicted, actual),
      };
    }),
    intervals: intervals?.overall ?? null,
    bootstrap,
    r2By: otherR2(metrics, target),
    composition: compositionOf({ prediction, target }, outputs),
    noise: drawn && noiseOf(target, outputs.length, drawn),
  };
}

function otherR2({ mse, r2, outputs }: RegressionMetrics, target: Float32Array): OtherR2 {
  const labelVariance = varianceOf([...target]);
  const columns = outputs.flatMap((own) => own.r2 ?? []);
  return {
    labelVariance,
    implied: r2 === null ? null : 1 - mse / labelVariance,
    columns: columns.length < outputs.length ? null : meanOf(columns),
  };
}

function noiseOf(target: Float32Array, width: number, drawn: Drawn): LabelNoise | null {
  const labels = drawn.priors.map((_, i) => [...target.subarray(i * width, (i + 1) * width)]);
  return labelNoise(labels, drawn.priors, drawn.counts) ?? null;
}
