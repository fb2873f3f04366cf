/** Bland and Altman's plot (Lancet 327, 1986): the difference of two measurements against their mean. */
import * as Plot from "@observablehq/plot";
import { type Agreement, agreementOf } from "../../nn/evaluation/agreement.ts";
import { normal95 } from "../../statistics.ts";
import { type Cases, casesText, outputCases } from "../cases.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { linearTicks, scoreText } from "./axes.ts";
import { figure } from "./drawing.ts";
import { dotStyle, drawPanels, padded } from "./panels.ts";

export function drawBlandAltman(document: Document, cases: Cases): Figure {
  const outputs = outputCases(cases).map((own) => ({
    name: own.name,
    agreement: agreementOf(
      own.points.map(({ predicted }) => predicted),
      own.points.map(({ actual }) => actual),
    ),
    points: own.points.map(({ actual, predicted }) => ({ x: (actual + predicted) / 2, y: predicted - actual })),
  }));
  const points = outputs.flatMap((own) => own.points);
  const limits = outputs.flatMap(({ agreement }) => (agreement ? [agreement.low, agreement.high] : []));
  const x = padded(Math.min(...points.map((own) => own.x)), Math.max(...points.map((own) => own.x)));
  const most = Math.max(...points.map((own) => Math.abs(own.y)), ...limits.map(Math.abs)) || 1;
  const y = padded(-most, most);
  const panels = outputs.map(({ name, agreement, points: own }) => ({
    title: name,
    remark: agreement ? `${signed(agreement.bias)} ± ${scoreText(normal95 * agreement.sd)}` : "one image: no limits",
    marks: [Plot.dot(own, { x: "x", y: "y", ...dotStyle(own.length) }), ...(agreement ? limitMarks(agreement) : [])],
  }));
  const axes = {
    x: linearTicks(...x, 4),
    y: linearTicks(...y, 6),
    xLabel: "mean of both",
    yLabel: "predicted − actual",
  };
  return figure(
    {
      id: "bland-altman",
      title: "Agreement of predictions and labels (Bland and Altman)",
      caption:
        `${casesText(cases)}. Solid: the mean difference; dashed: ${normal95} standard deviations to both sides, between ` +
        "which 95 of 100 differences lie if they are normal; both stand above each panel. A slope means that large " +
        "values are pulled to the mean.",
    },
    (width) => drawPanels(document, { axes, x, y, panels }, width),
  );
}

const limitMarks = ({ bias, low, high }: Agreement): Plot.Markish[] => [
  Plot.ruleY([bias], { stroke: palette.ink, strokeWidth: 1.25 }),
  Plot.ruleY([low, high], { stroke: palette.ink, strokeDasharray: "4 3" }),
];

const signed = (value: number): string => `${value > 0 ? "+" : ""}${scoreText(value)}`;
