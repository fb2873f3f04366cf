/** Figure 5 of the thesis: actual against predicted values, a panel for each output. */
import * as Plot from "@observablehq/plot";
import { type Cases, casesText, outputCases } from "../cases.ts";
import type { Figure } from "../figure.ts";
import { linearTicks } from "./axes.ts";
import { figure } from "./drawing.ts";
import { diagonal, domainOf, dotStyle, drawPanels } from "./panels.ts";

export function drawScatter(document: Document, cases: Cases): Figure {
  const outputs = outputCases(cases);
  const domain = domainOf(outputs, cases.composition !== null);
  const ticks = linearTicks(...domain, 5);
  const unit = cases.composition ? " fraction" : "";
  const panels = outputs.map(({ name, r2, points }) => ({
    title: name,
    remark: r2 === null ? "all labels equal" : `R² ${r2.toFixed(2).replace("-", "−")}`,
    marks: [diagonal(domain), Plot.dot(points, { x: "actual", y: "predicted", ...dotStyle(points.length) })],
  }));
  const axes = { x: ticks, y: ticks, xLabel: `actual${unit}`, yLabel: `predicted${unit}` };
  return figure(
    {
      id: "figure-5-scatter",
      title: "Figure 5. Actual and predicted values",
      caption:
        `${casesText(cases)}, a dot each, by the best weights. On the dashed line a prediction is right. ` +
        "All panels have the same scales. R² is of that output alone.",
    },
    (width) => drawPanels(document, { axes, x: domain, y: domain, panels }, width),
  );
}
