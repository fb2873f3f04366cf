/** Figure 4 of the thesis: ReLU and leaky ReLU. */
import * as Plot from "@observablehq/plot";
import { defaultSlope } from "../../nn/layers/leaky-relu.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { linearTicks } from "./axes.ts";
import { figure } from "./drawing.ts";
import { drawPanels } from "./panels.ts";

const slope = defaultSlope;

const functions = [
  { title: "ReLU", formula: "f(x) = max(0, x)", f: (x: number) => Math.max(0, x) },
  { title: "leaky ReLU", formula: `f(x) = max(${slope} x, x)`, f: (x: number) => Math.max(slope * x, x) },
];

export function drawActivations(document: Document): Figure {
  const caption =
    "R-Net has ReLU after each convolution and each dense layer but the last. A negative input gets no gradient through " +
    `it; through leaky ReLU it gets ${slope} of it. The thesis takes ReLU so that no output is negative, which it cannot ` +
    "ensure: the last layer is linear.";
  const panels = functions.map(({ title, formula, f }) => {
    const bends = [-3, 0, 3].map((x) => ({ x, y: f(x) }));
    const line = Plot.line(bends, { x: "x", y: "y", stroke: palette.held, strokeWidth: 2.25 });
    return { title, remark: formula, marks: [Plot.ruleX([0], { stroke: palette.grid }), line] };
  });
  const axes = { x: linearTicks(-3, 3, 6), y: linearTicks(-1, 3, 4), xLabel: "x", yLabel: "f(x)" };
  const spec = { axes, x: [-3, 3], y: [-1, 3], panels } as const;
  return figure({ id: "figure-4-relu", title: "Figure 4. ReLU and leaky ReLU", caption }, (width) =>
    drawPanels(document, spec, width, 0.5),
  );
}
