/** The figure of a cross-validation: each variant's score on every fold, and how far it is from the best variant. */
import * as Plot from "@observablehq/plot";
import { type ComparedScore, rankedVariants, scoreTitles, type VariantComparison } from "../nn/cross-validation.ts";
import type { CrossValidationResult } from "../nn/cross-validation-result.ts";

/** Blue and vermilion are told apart with every kind of colour vision. */
const colours = { ink: "#1b1e23", muted: "#5c636d", grid: "#e2e5e9", fold: "#0a67ad", difference: "#c2480a" } as const;
const font = "Inter, system-ui, sans-serif";

/** In pixels. */
const panel = { width: 400, row: 34, top: 10, bottom: 46, gap: 28 } as const;
const header = 76;
const edge = 20;
/** Of a letter of the labels, about. */
const letter = 6.7;

/**
 * A whole SVG on white. Left, a dot for each fold and a bar at the mean; a line joins what one fold says of the variants.
 * Right, the mean paired difference from the best, with its corrected interval of 95 %.
 *
 * @param document to draw in: the page's, or linkedom's in Node.
 */
export function crossValidationFigure(result: CrossValidationResult, document: Document): string {
  const variants = rankedVariants(result);
  const names = variants.map(({ variant }) => variant);
  const labels = Math.max(...names.map((name) => name.length)) * letter + 2 * edge;
  const frame = { document, height: panel.top + names.length * panel.row + panel.bottom, names, by: result.by };
  const scores = markup(scoresPanel(result, labels, frame), edge / 2);
  const compared = variants.length > 1;
  const right = edge / 2 + labels + panel.width + panel.gap;
  const differences = compared ? markup(differencesPanel(variants, result, frame), right) : "";
  const width = right + (compared ? panel.width + edge : 0);
  const height = header + frame.height;
  const folds = result.trainings.length / names.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="${font}" role="img" aria-label="${escape(result.verdict)}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${edge}" y="34" font-size="18" font-weight="600" fill="${colours.ink}">`,
    `${scoreTitles[result.by]} in validation, ${folds} folds</text>`,
    `<text x="${edge}" y="57" font-size="13" fill="${colours.muted}">A dot is a fold, a bar the mean over folds; `,
    `lines join the same fold.${compared ? " Right: paired differences, corrected 95 % intervals." : ""}</text>`,
    scores,
    differences,
    "</svg>\n",
  ].join("");
}

interface Frame {
  readonly document: Document;
  readonly height: number;
  readonly names: readonly string[];
  readonly by: ComparedScore;
}

function scoresPanel({ trainings, variants, by }: CrossValidationResult, labels: number, frame: Frame) {
  const points = frame.names.flatMap((name) => trainings.filter(({ variant }) => variant === name));
  const means = variants.flatMap(({ variant, scores }) => (scores[by] ? [{ variant, mean: scores[by].mean }] : []));
  return Plot.plot({
    ...layoutOf(frame, "cv-scores", labels),
    x: { label: `${scoreTitles[by]} of a fold`, labelAnchor: "center", labelArrow: "none", nice: true, ticks: 5 },
    marks: [
      Plot.gridX({ stroke: colours.grid, strokeOpacity: 1, ticks: 5 }),
      Plot.line(points, { x: by, y: "variant", z: "fold", stroke: colours.fold, strokeOpacity: 0.22 }),
      Plot.dot(points, { x: by, y: "variant", r: 3.5, fill: colours.fold, fillOpacity: 0.75, title: foldTitle(by) }),
      Plot.tickX(means, { x: "mean", y: "variant", stroke: colours.ink, strokeWidth: 2.5, inset: 5 }),
      Plot.axisY({ label: null, tickSize: 0, fontSize: 12.5, fill: colours.ink }),
    ],
  });
}

const foldTitle =
  (by: ComparedScore) =>
  (own: CrossValidationResult["trainings"][number]): string =>
    `${own.variant}, fold ${own.fold}: ${own[by]?.toPrecision(4) ?? "none"}`;

function differencesPanel(variants: readonly VariantComparison[], { best, by }: CrossValidationResult, frame: Frame) {
  const differences = variants.flatMap(({ variant, differences }) => {
    const own = differences[by];
    return own ? [{ variant, mean: own.mean, low: own.interval[0], high: own.interval[1] }] : [];
  });
  const theBest = best === null ? [] : [{ variant: best }];
  return Plot.plot({
    ...layoutOf(frame, "cv-differences", edge),
    x: {
      label: `difference in ${scoreTitles[by]} from the best`,
      labelAnchor: "center",
      labelArrow: "none",
      nice: true,
      ticks: 5,
    },
    marks: [
      Plot.gridX({ stroke: colours.grid, strokeOpacity: 1, ticks: 5 }),
      Plot.ruleX([0], { stroke: colours.ink }),
      Plot.ruleY(differences, { x1: "low", x2: "high", y: "variant", stroke: colours.difference, strokeWidth: 2 }),
      Plot.dot(differences, { x: "mean", y: "variant", r: 4.5, fill: colours.difference }),
      Plot.text(theBest, { x: 0, y: "variant", text: () => "the best", dx: 8, textAnchor: "start", fontSize: 12.5 }),
    ],
  });
}

const layoutOf = ({ document, height, names }: Frame, className: string, marginLeft: number) => ({
  document,
  className,
  width: panel.width + marginLeft,
  height,
  marginLeft,
  marginRight: edge,
  marginTop: panel.top,
  marginBottom: panel.bottom,
  style: { fontFamily: font, fontSize: "12px", color: colours.muted },
  y: { type: "band", padding: 0.1, domain: [...names], label: null, axis: null } as const,
});

/** A panel as a part of the whole SVG. */
function markup(drawing: Element, x: number): string {
  drawing.setAttribute("x", String(x));
  drawing.setAttribute("y", String(header));
  return drawing.outerHTML;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
