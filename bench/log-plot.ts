/** Plots with two logarithmic axes, as SVG that stands alone: pure functions from numbers to markup. */

/** In pixels; the legend stands to the right of the axes. */
const width = 960;
const height = 600;
const frame = { left: 84, right: 710, top: 64, bottom: 530 } as const;

/** Okabe and Ito's colours, which the colour-blind can tell apart, and two more. */
const colours = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#555555",
  "#8c564b",
  "#6a3d9a",
  "#b2a000",
] as const;

export const colourOf = (index: number): string => colours[index % colours.length] ?? colours[0];

export interface Axis {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  /** Where its lines are, if not at round numbers. */
  readonly ticks?: readonly number[];
}

/** Where values lie in the picture. */
export interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
}

/** The axis that shows all of these values, a little more on both sides. Values that are not positive do not count. */
export function axisOver(label: string, values: readonly number[]): Axis {
  const shown = values.filter((value) => value > 0 && Number.isFinite(value));
  if (shown.length === 0) return { label, low: 1, high: 10 };
  return { label, low: Math.min(...shown) / 1.6, high: Math.max(...shown) * 1.6 };
}

/** @param draw the markup of what is plotted; it is clipped to the axes. */
export function logPlot(
  texts: { readonly title: string; readonly subtitle: string },
  axes: { readonly x: Axis; readonly y: Axis },
  legend: readonly LegendEntry[],
  draw: (scales: Scales) => string,
): string {
  const scales: Scales = {
    x: (value) => along(value, axes.x, frame.left, frame.right),
    y: (value) => along(value, axes.y, frame.bottom, frame.top),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">`,
    `<defs><clipPath id="axes"><rect x="${frame.left}" y="${frame.top}" width="${frame.right - frame.left}"`,
    ` height="${frame.bottom - frame.top}"/></clipPath></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="28" font-size="17" font-weight="bold">${escape(texts.title)}</text>`,
    `<text x="${frame.left}" y="49" fill="#666">${escape(texts.subtitle)}</text>`,
    gridOf(axes, scales),
    `<g clip-path="url(#axes)">${draw(scales)}</g>`,
    labelsOf(axes),
    legendOf(legend),
    "</svg>\n",
  ].join("");
}

function along(value: number, { low, high }: Axis, from: number, to: number): number {
  return from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
}

/** Coordinates to a tenth of a pixel. */
export const at = (coordinate: number): string => coordinate.toFixed(1);

export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function gridOf(axes: { readonly x: Axis; readonly y: Axis }, { x, y }: Scales): string {
  const line = (x1: number, x2: number, y1: number, y2: number) =>
    `<line x1="${at(x1)}" x2="${at(x2)}" y1="${at(y1)}" y2="${at(y2)}"/>`;
  const vertical = ticksOf(axes.x).map((tick) => line(x(tick), x(tick), frame.top, frame.bottom));
  const horizontal = ticksOf(axes.y).map((tick) => line(frame.left, frame.right, y(tick), y(tick)));
  const below = ticksOf(axes.x).map(
    (tick) => `<text x="${at(x(tick))}" y="${frame.bottom + 19}" text-anchor="middle">${tickLabel(tick)}</text>`,
  );
  const beside = ticksOf(axes.y).map(
    (tick) => `<text x="${frame.left - 9}" y="${at(y(tick) + 4)}" text-anchor="end">${tickLabel(tick)}</text>`,
  );
  return (
    `<g stroke="#e4e4e4">${[...vertical, ...horizontal].join("")}</g>${[...below, ...beside].join("")}` +
    `<path d="M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}" fill="none" stroke="#444"/>`
  );
}

function labelsOf({ x, y }: { readonly x: Axis; readonly y: Axis }): string {
  const [middleX, middleY] = [(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2];
  return (
    `<text x="${middleX}" y="${frame.bottom + 46}" text-anchor="middle">${escape(x.label)}</text>` +
    `<text transform="translate(24 ${middleY}) rotate(-90)" text-anchor="middle">${escape(y.label)}</text>`
  );
}

const legendOf = (entries: readonly LegendEntry[]): string =>
  entries
    .map(({ label, colour }, i) => {
      const y = frame.top + 10 + i * 23;
      return (
        `<circle cx="${frame.right + 26}" cy="${y}" r="6" fill="${colour}"/>` +
        `<text x="${frame.right + 40}" y="${y + 4}">${escape(label)}</text>`
      );
    })
    .join("");

/** More would crowd. */
const mostTicks = 8;

/** The given ones; or 1, 2 and 5 times the powers of ten, or the powers alone where there is no room. */
function ticksOf({ low, high, ticks }: Axis): readonly number[] {
  if (ticks && ticks.length <= mostTicks) return ticks;
  const decades: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) decades.push(power);
  const inside = (tick: number) => tick >= low * 0.999 && tick <= high * 1.001;
  const fine = decades.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))).filter(inside);
  return fine.length <= mostTicks ? fine : decades.map((power) => Number(`1e${power}`)).filter(inside);
}

function tickLabel(tick: number): string {
  return tick >= 0.001 && tick < 1e6 ? String(tick) : tick.toExponential(0).replace("e", "·10^").replace("+", "");
}
