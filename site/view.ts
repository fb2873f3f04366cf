/** What the page shows: its elements, and how each state of the work looks in them. */
import type { AdapterDescription } from "../src/gpu/device.ts";
import type { HistoryRow } from "../src/nn/history.ts";
import type { Demo } from "./demo.ts";
import { lossChart } from "./loss-chart.ts";
import type { Progress } from "./run-demo.ts";

export const button = element("train", HTMLButtonElement);
const chart = element("chart", SVGSVGElement);
const progressBar = element("progress", HTMLProgressElement);

function element<Type extends Element>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type))
    throw new Error(`page: expected a ${type.name} "${id}", got ${found?.tagName ?? "none"}`);
  return found;
}

const write = (id: string, text: string): void => {
  const target = element(id, HTMLElement);
  // A live region is read out when it is written, even if it says the same.
  if (target.textContent !== text) target.textContent = text;
};

/** What a click on the button does. Work is under way where it would stop. */
export function showOffer(offer: "train" | "stop" | "none"): void {
  button.disabled = offer === "none";
  button.textContent = offer === "stop" ? "Stop" : "Train";
  progressBar.hidden = offer !== "stop";
  progressBar.value = 0;
  write("count", "");
}

export function showDemo({ images, size, epochs, batch, seed }: Demo): void {
  const parts = [`${images} images of ${size} × ${size} pixels`, `${epochs} epochs`, `batches of ${batch}`];
  write("demo", [...parts, `seed ${seed}`].join(", "));
}

export function showAdapter({ name, type }: AdapterDescription): void {
  write("adapter", type === "software" ? `${name} (software, so this is slow)` : name);
}

/** For good: there is no adapter, or nothing to train. */
export function showNothingToDo(message: string): void {
  write("adapter", "none in use");
  showStatus("Cannot train here");
  showOffer("none");
  showFailure(message);
}

export const showStatus = (text: string): void => write("status", text);

const activities = { images: "Drawing images", kernels: "Compiling kernels", steps: "Training" } as const;

/** @param epoch under way, in words. */
export function showProgress({ part, done, total }: Progress, epoch: string): void {
  showStatus(part === "steps" ? `${activities[part]}, ${epoch}` : activities[part]);
  write("count", `${done} of ${total}${part === "steps" ? " steps" : ""}`);
  progressBar.max = total;
  progressBar.value = done;
}

/** @param message an empty one hides what was shown. */
export function showFailure(message: string): void {
  element("failure", HTMLElement).hidden = message === "";
  write("failure", message);
}

/** The chart, the last losses and the table. */
export function showRows(rows: readonly HistoryRow[], epochs: number): void {
  const last = rows.at(-1);
  write("training-loss", shown(last?.loss));
  write("validation-loss", shown(last?.val?.loss));
  element("rows", HTMLTableSectionElement).replaceChildren(...rows.map(tableRow));
  drawChart(rows, epochs);
}

/** Draws at the size that the chart has on the screen, so its text keeps its own. */
export function drawChart(rows: readonly HistoryRow[], epochs: number): void {
  const { width, height } = chart.getBoundingClientRect();
  const points = rows.map(({ epoch, loss, val }) => ({ epoch, training: loss, validation: val?.loss ?? null }));
  chart.innerHTML = lossChart(points, epochs, { width, height });
}

/** Calls back when the chart's size on the screen changes, and once at first. */
export function onChartResize(draw: () => void): void {
  new ResizeObserver(draw).observe(chart);
}

const shown = (value: number | undefined): string => value?.toPrecision(3) ?? "";

/** A `data` element keeps the number at full precision beside what is shown. */
function tableRow({ epoch, loss, val, imagesPerSecond }: HistoryRow): HTMLTableRowElement {
  const row = document.createElement("tr");
  const texts = [String(epoch), shown(loss), shown(val?.loss), imagesPerSecond.toFixed(0)];
  [epoch, loss, val?.loss, imagesPerSecond].forEach((value, column) => {
    const data = document.createElement("data");
    data.value = String(value ?? "");
    data.textContent = texts[column] ?? "";
    row.insertCell().append(data);
  });
  return row;
}
