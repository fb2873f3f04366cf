/** The sections of the report of a run: which figures and tables there are, and why others are not. */
import type { Contradiction } from "../nn/contradictions.ts";
import { flatten } from "../nn/differences.ts";
import { modelOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import type { RunMetrics } from "../nn/run-metrics.ts";
import { summarize } from "../nn/summary.ts";
import { type Cases, casesText, heldCases, worstOf } from "./cases.ts";
import type { Figure } from "./figure.ts";
import { drawActivations } from "./figures/activations.ts";
import { drawBlandAltman } from "./figures/bland-altman.ts";
import { drawCalibration, leastCalibrated } from "./figures/calibration.ts";
import type { HistoryRow } from "../nn/history.ts";
import { curves, drawCurve } from "./figures/curves.ts";
import { drawScatter } from "./figures/scatter.ts";
import { drawTernary } from "./figures/ternary.ts";
import type { Predictions } from "./predictions.ts";
import { absentBlock, type Block, figureBlock, type Section, tableBlock } from "./section.ts";
import { networkFigure } from "./seen/network-figure.ts";
import { contradictionsTable } from "./tables/contradictions.ts";
import { layersTable, mnistTable } from "./tables/layers.ts";
import { modelsTable } from "./tables/models.ts";
import { conventionsTable, outputsTable, scoresTable } from "./tables/scores.ts";
import type { Table } from "./tables/table.ts";

/** What a report is made of. */
export interface ReportInput {
  /** The run's folder, as given. */
  readonly run: string;
  /** When training began or was resumed, in ISO 8601. */
  readonly date: string;
  readonly config: RunConfig;
  readonly history: readonly HistoryRow[];
  readonly metrics: RunMetrics;
  readonly predictions: Predictions;
  readonly contradictions: readonly Contradiction[];
  /** Images of the data set by name, as data URIs; or why there are none. */
  readonly pictures: ReadonlyMap<string, string> | string;
  /** Figures of images and of the network, in their order; or why there are none. */
  readonly imageFigures: readonly Figure[] | string;
}

/** Images in the gallery of the largest errors. */
export const galleryCount = 20;

/** @param document to draw in. */
export function sectionsOf(input: ReportInput, document: Document): Section[] {
  const { config, metrics, history, predictions, contradictions, imageFigures } = input;
  const cases = heldCases(predictions, config.preset.batch);
  const sections: Section[] = [
    { id: "scores", title: "Scores", blocks: scoreBlocks(cases, input) },
    { id: "training", title: "Training", blocks: curveBlocks(document, history) },
    { id: "predictions", title: "Predictions", blocks: cases ? predictionBlocks(document, cases) : [noCases] },
    { id: "worst", title: "Largest errors", blocks: cases ? [galleryOf(cases, input)] : [noCases] },
    { id: "images", title: "What the network sees", blocks: imageBlocks(imageFigures) },
    { id: "network", title: "Network", blocks: networkBlocks(document, input) },
    {
      id: "models",
      title: "Other models",
      blocks: [modelsTable(config.preset.name, metrics, history), mnistTable()].map(tableBlock),
    },
    { id: "contradictions", title: "Contradictions", blocks: [tableBlock(contradictionsTable(contradictions))] },
    { id: "configuration", title: "Configuration", blocks: [tableBlock(configTable(config))] },
  ];
  return sections.filter(({ blocks }) => blocks.length > 0);
}

const noCases = absentBlock("Predictions", "predictions.csv has no image.");

function scoreBlocks(cases: Cases | null, { metrics, predictions }: ReportInput): Block[] {
  const conventions = conventionsTable(metrics);
  return [
    scoresTable(metrics, predictions),
    ...(cases && cases.outputs.length > 1 ? [outputsTable(cases, metrics)] : []),
    ...(conventions ? [conventions] : []),
  ].map(tableBlock);
}

/** Ids of figures that stand for one of the thesis's begin with its number. */
function numbered(figure: Figure): Figure {
  const number = /^figure-(\d+)-/.exec(figure.id)?.[1];
  return number === undefined ? figure : { ...figure, title: `Figure ${number}. ${figure.title}` };
}

const imageBlocks = (figures: readonly Figure[] | string): Block[] =>
  typeof figures === "string"
    ? [absentBlock("Figures 1, 2 and 10, and Grad-CAM", figures)]
    : figures.map(numbered).map(figureBlock);

function curveBlocks(document: Document, history: readonly HistoryRow[]): Block[] {
  if (history.length === 0) return [absentBlock("Figures 6 to 9", "no epoch was finished, so there is no history.")];
  return curves.map((curve) => figureBlock(drawCurve(document, curve, history)));
}

function predictionBlocks(document: Document, cases: Cases): Block[] {
  const { outputs, rows, composition } = cases;
  const what = composition
    ? `a triangle has three corners, and the outputs are ${outputs.length}.`
    : "the labels are no fractions of one whole: some are negative, or an image's do not add up to 1.";
  return [
    figureBlock(drawScatter(document, cases)),
    composition && outputs.length === 3
      ? figureBlock(drawTernary(document, cases, composition))
      : absentBlock("Ternary plot", what),
    rows.length >= leastCalibrated
      ? figureBlock(drawCalibration(document, cases))
      : absentBlock("Calibration", `it takes at least ${leastCalibrated} images, and there are ${casesText(cases)}.`),
    figureBlock(drawBlandAltman(document, cases)),
  ];
}

function galleryOf(cases: Cases, { pictures }: ReportInput): Block {
  const worst = worstOf(cases, galleryCount);
  const missing = typeof pictures === "string" ? ` The images are not shown: ${pictures}` : "";
  return {
    kind: "gallery",
    gallery: {
      id: "largest-errors",
      title: `The ${worst.length} largest errors`,
      caption:
        `Of ${casesText(cases)}, those with the largest mean absolute error over the outputs, the worst first; images as ` +
        `the network sees them.${missing}`,
      outputs: cases.outputs,
      images: worst.map((row) => ({
        row,
        picture: typeof pictures === "string" ? null : (pictures.get(row.image) ?? null),
      })),
    },
  };
}

function networkBlocks(document: Document, { config, imageFigures }: ReportInput): Block[] {
  const { preset, outputs } = config;
  const model = modelOf(preset, outputs.length);
  return [
    // Else it stands among the figures of images.
    ...(typeof imageFigures === "string" ? [figureBlock(numbered(networkFigure(model)))] : []),
    tableBlock(layersTable(preset, summarize(model))),
    figureBlock(drawActivations(document)),
  ];
}

const configTable = (config: RunConfig): Table => ({
  id: "configuration-table",
  title: "Everything that decides the result",
  caption: "config.json of the run. The same bits are promised on one adapter and driver only.",
  head: ["key", "value"],
  rows: flatten(config).map(([key, value]) => ({
    cells: [key, typeof value === "string" ? value : JSON.stringify(value)],
  })),
});
