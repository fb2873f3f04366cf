/** The head of the page: what was run, and how well it did. */
import { scoredParts } from "../../data/split.ts";
import { partTitles } from "../cases.ts";
import { scoreText } from "../figures/axes.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportInput } from "../run-report.ts";
import { thesisCurves, thesisRNet } from "../thesis.ts";
import { zeroLabelsText } from "../zero-labels.ts";

/** The preset and the name of the data set's folder. */
export function titleOf({ config }: ReportInput): string {
  const folder = config.data.split(/[\\/]/).findLast((part) => part !== "");
  return `${config.preset.name} on ${folder ?? config.data}`;
}

export function overviewMarkup(input: ReportInput): Markup {
  return html`<header>
    <p class="eyebrow">cellgrad report</p>
    <h1>${titleOf(input)}</h1>
    <dl class="facts">
      ${factsOf(input).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${headline(input)}
    <p class="remark">
      The thesis's numbers are of other images than this run's, so a lower error here does not mean a better network. It
      does not say whether its best scores are of validation or of test images, and its R² is a mean over batches, which
      the scores below also give.
    </p>
  </header>`;
}

function factsOf({ run, date, config, history, metrics }: ReportInput): [name: string, value: string][] {
  const { preset, adapter, data, images, outputs, seed, version } = config;
  const seconds = history.reduce((sum, row) => sum + row.seconds, 0);
  const parts = scoredParts.flatMap((part) => {
    const count = metrics[part]?.n;
    return count === undefined ? [] : [`${count} ${partTitles[part]}`];
  });
  return [
    ["run", run],
    ["data", `${data}: ${images} images (${parts.join(", ")}), outputs ${outputs.join(", ")}`],
    ["preset", `${preset.name}: ${preset.description}`],
    ["training", `${history.length} of ${preset.epochs} epochs of ${preset.batch} images a step, seed ${seed}`],
    ["time", `${durationText(seconds)}, begun or resumed ${date.slice(0, 16).replace("T", " ")} UTC`],
    ["adapter", `${adapter.name} (${adapter.type}, ${adapter.backend})`],
    ["version", `cellgrad ${version}`],
  ];
}

/** 4 s, 3 min 20 s, 1 h 05 min. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toPrecision(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return minutes < 60
    ? `${minutes} min ${two(whole % 60)} s`
    : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const headlines = [
  { name: "r2", title: "R²" },
  { name: "mse", title: "MSE" },
  { name: "mae", title: "MAE" },
  { name: "mape", title: "MAPE, %" },
] as const;

/** The scores that a reader looks for: of the test images, or of what there is; beside them the thesis's. */
function headline({ metrics, predictions }: ReportInput): Markup {
  const part = (["test", "validation", "train"] as const).find((name) => metrics[name] !== undefined) ?? "test";
  const text = (value: number | null | undefined) => (value === null || value === undefined ? "–" : scoreText(value));
  const zeros = zeroLabelsText(predictions, part);
  const cards = headlines.map(({ name, title }) => {
    const rows = [
      ...(part === "test" && metrics.validation ? [["validation", text(metrics.validation[name])]] : []),
      ["thesis, best", text(thesisRNet[name])],
      ["thesis, validation", text(thesisCurves[name].validation.last)],
      ...(name === "mape" && zeros !== null ? [["labels of 0", zeros]] : []),
    ];
    return html`<div class="score">
      <h2>${title} <span>${partTitles[part]}</span></h2>
      <p>${text(metrics[part]?.[name])}</p>
      <dl>
        ${rows.map(
          ([label = "", value = ""]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
    </div>`;
  });
  return html`<div class="scores">${cards}</div>`;
}
