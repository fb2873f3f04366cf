/** The time of a step over the batch, a curve for each size of the images. */
import { at, axisOver, colourOf, escape, logPlot, type Scales } from "./log-plot.ts";
import type { ScalingRow } from "./scaling.ts";

type Point = Pick<ScalingRow, "name" | "batch" | "size" | "ms">;

export function scalingPlot(title: string, rows: readonly Point[]): string {
  const sizes = [...new Set(rows.map(({ size }) => size))];
  const batches = [...new Set(rows.map(({ batch }) => batch))];
  const axes = {
    x: { ...axisOver("images a step", batches), ticks: batches },
    y: axisOver(
      "ms a step",
      rows.flatMap(({ ms }) => [ms.low, ms.high]),
    ),
  };
  const legend = sizes.map((size, i) => ({ label: `${size} x ${size}`, colour: colourOf(i) }));
  const subtitle = "medians with 95% intervals; dotted: as many times longer as there are more images";
  return logPlot({ title, subtitle }, axes, legend, (scales) =>
    sizes
      .map((size, i) =>
        curve(
          rows.filter((row) => row.size === size),
          colourOf(i),
          scales,
        ),
      )
      .join(""),
  );
}

function curve(rows: readonly Point[], colour: string, { x, y }: Scales): string {
  const points = rows.map(({ batch, ms }) => `${at(x(batch))} ${at(y(ms.median))}`);
  const marks = rows.map(
    ({ name, batch, ms }) =>
      `<line x1="${at(x(batch))}" x2="${at(x(batch))}" y1="${at(y(ms.low))}" y2="${at(y(ms.high))}" stroke="${colour}"/>` +
      `<circle cx="${at(x(batch))}" cy="${at(y(ms.median))}" r="4.5" fill="${colour}">` +
      `<title>${escape(`${name}: ${ms.median.toPrecision(3)} ms`)}</title></circle>`,
  );
  return (
    proportional(rows, colour, { x, y }) +
    `<path d="M${points.join("L")}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join("")}`
  );
}

/** From the first point on, time proportional to the batch. */
function proportional(rows: readonly Point[], colour: string, { x, y }: Scales): string {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return "";
  const end = (first.ms.median * last.batch) / first.batch;
  return (
    `<line x1="${at(x(first.batch))}" y1="${at(y(first.ms.median))}" x2="${at(x(last.batch))}" y2="${at(y(end))}"` +
    ` stroke="${colour}" stroke-dasharray="2 4"/>`
  );
}
