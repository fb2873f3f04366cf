/** The loss curve as SVG: a pure function from numbers to markup. Colours and fonts are the style sheet's. */

/** Losses of one epoch; a null or a value that a logarithmic axis cannot show leaves a gap. */
export interface LossPoint {
  readonly epoch: number;
  readonly training: number | null;
  readonly validation: number | null;
}

/** In CSS pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

type Scale = (value: number) => number;

const margin = { top: 10, right: 14, bottom: 40, left: 46 };
/** Labels closer than this would crowd. */
const tickSpacing = { x: 56, y: 24 };

/**
 * The contents of an SVG of this size: training and validation loss over epochs 1 … `epochs`, the loss on a logarithmic
 * axis that begins and ends at 1, 2 or 5 times a power of ten.
 */
export function lossChart(points: readonly LossPoint[], epochs: number, { width, height }: ChartSize): string {
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  const range = lossRange(points);
  const x: Scale = (epoch) => left + ((epoch - 1) / Math.max(epochs - 1, 1)) * (right - left);
  const y: Scale = (loss) => bottom - (Math.log(loss / range.low) / Math.log(range.high / range.low)) * (bottom - top);
  return [
    ...lossTicks(range, (bottom - top) / tickSpacing.y).map(
      (loss) =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${at(y(loss))}" y2="${at(y(loss))}"/>` +
        `<text class="tick end" x="${left - 8}" y="${at(y(loss))}" dy="0.32em">${loss}</text>`,
    ),
    ...epochTicks(epochs, (right - left) / tickSpacing.x).map(
      (epoch) => `<text class="tick middle" x="${at(x(epoch))}" y="${bottom + 18}">${epoch}</text>`,
    ),
    `<text class="tick end" x="${right}" y="${bottom + 34}">epoch</text>`,
    ...(["validation", "training"] as const).map((series) =>
      curve(
        series,
        points.map((point) => [point.epoch, point[series]]),
        x,
        y,
      ),
    ),
  ].join("");
}

const isShown = (loss: number | null): loss is number => loss !== null && loss > 0 && loss < Infinity;
const at = (coordinate: number): string => coordinate.toFixed(1);

/** One path with a gap where a loss is missing, and a dot at its end, which also shows a path of one point. */
function curve(series: string, points: readonly (readonly [number, number | null])[], x: Scale, y: Scale): string {
  let path = "";
  let last = "";
  let command = "M";
  for (const [epoch, loss] of points) {
    if (!isShown(loss)) {
      command = "M";
      continue;
    }
    const [cx, cy] = [at(x(epoch)), at(y(loss))];
    path += `${command}${cx} ${cy}`;
    last = `<circle class="${series}" cx="${cx}" cy="${cy}" r="3"/>`;
    command = "L";
  }
  return last && `<path class="${series}" d="${path}"/>${last}`;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** A little more than the losses, so that it is never empty. */
function lossRange(points: readonly LossPoint[]): Range {
  const losses = points.flatMap(({ training, validation }) => [training, validation]).filter(isShown);
  if (losses.length === 0) return { low: 0.01, high: 1 };
  return { low: 1 / roundUp(1.05 / Math.min(...losses)), high: roundUp(1.05 * Math.max(...losses)) };
}

/** The least of 1, 2 and 5 times a power of ten that is not below a value. */
function roundUp(value: number): number {
  const decade = decadeOf(value);
  return ([1, 2, 5].find((digit) => digit * decade >= value) ?? 10) * decade;
}

const decadeOf = (value: number): number => 10 ** Math.floor(Math.log10(value));

/** 1, 2 and 5 times the powers of ten in a range, or the powers alone where there is no room for more than `most`. */
function lossTicks({ low, high }: Range, most: number): number[] {
  const ticks: number[] = [];
  for (let decade = decadeOf(low); decade <= high; decade *= 10) {
    ticks.push(...[1, 2, 5].map((digit) => Number((digit * decade).toPrecision(1))));
  }
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return inside.length <= most ? inside : inside.filter((tick) => decadeOf(tick * 1.001) >= tick * 0.999);
}

/** The first epoch and the multiples of the smallest round step that leaves at most about `most`. */
function epochTicks(epochs: number, most: number): number[] {
  const step = roundUp(Math.max(epochs / most, 1));
  const multiples = Array.from({ length: Math.floor(epochs / step) }, (_, i) => (i + 1) * step);
  return step === 1 ? multiples : [1, ...multiples];
}
