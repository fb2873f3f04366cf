/** Calibration: what images with about the same prediction have in fact, a panel for each output. */
import * as Plot from "@observablehq/plot";
import { calibrationOf, leastInBin } from "../../nn/evaluation/calibration.ts";
import { normal95 } from "../../statistics.ts";
import { type Cases, casesText, type OutputCases, outputCases } from "../cases.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { linearTicks } from "./axes.ts";
import { figure } from "./drawing.ts";
import { diagonal, drawPanels, padded } from "./panels.ts";

/** Images that a calibration needs: two groups. */
export const leastCalibrated = 2 * leastInBin;

interface Group {
  /** Means of the group. */
  readonly predicted: number;
  readonly actual: number;
  /** The 95 % interval of the mean label. */
  readonly low: number;
  readonly high: number;
}

function groupsOf({ points }: OutputCases): Group[] {
  const predictions = points.map(({ predicted }) => predicted);
  const labels = points.map(({ actual }) => actual);
  return calibrationOf(predictions, labels).bins.map(({ n, predicted, actual, sd }) => {
    const half = (normal95 * (sd ?? 0)) / Math.sqrt(n);
    return { predicted, actual, low: actual - half, high: actual + half };
  });
}

/** @param cases at least `leastCalibrated`. */
export function drawCalibration(document: Document, cases: Cases): Figure {
  const groups = outputCases(cases).map((own) => ({ name: own.name, groups: groupsOf(own) }));
  const values = groups.flatMap((own) => own.groups.flatMap(({ predicted, low, high }) => [predicted, low, high]));
  const domain = padded(Math.min(...values), Math.max(...values));
  const ticks = linearTicks(...domain, 4);
  const panels = groups.map(({ name, groups: own }) => ({
    title: name,
    remark: "",
    marks: [
      diagonal(domain),
      Plot.ruleX(own, { x: "predicted", y1: "low", y2: "high", stroke: palette.held, strokeOpacity: 0.55 }),
      Plot.dot(own, { x: "predicted", y: "actual", r: 3.5, fill: palette.held }),
    ],
  }));
  const count = groups[0]?.groups.length ?? 0;
  return figure(
    {
      id: "calibration",
      title: "Calibration",
      caption:
        `${casesText(cases)} in ${count} groups of the same size by their prediction: mean prediction and mean label, ` +
        "with the label's 95 % interval. Above the dashed line the network says too little, below it too much.",
    },
    (width) =>
      drawPanels(
        document,
        { axes: { x: ticks, y: ticks, xLabel: "mean predicted", yLabel: "mean actual" }, x: domain, y: domain, panels },
        width,
      ),
  );
}
