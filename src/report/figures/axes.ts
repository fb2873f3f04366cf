/** Where axes have ticks, how numbers are written, and where labels go. */
import * as Plot from "@observablehq/plot";
import { palette } from "../palette.ts";

/** Round numbers 1, 2 or 5 times a power of ten, about `count` of them in [low, high]. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.7) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten in [low, high], with 2 and 5 times each where these are few. */
export function logTicks(low: number, high: number): number[] {
  const factors = high / low > 1000 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Epochs to mark: whole numbers, the last among them where it leaves its neighbour room. */
export function epochTicks(last: number): number[] {
  if (last <= 1) return [1];
  const ticks = linearTicks(0, last, 5).filter((tick) => Number.isInteger(tick) && tick >= 1);
  return [1, ...ticks.filter((tick) => tick > last / 12 && tick > 1)];
}

/** A number as a tick says it. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4 || (size > 0 && size < 1e-4)) return powerText(value, 0);
  return minus(value.toLocaleString("en", { maximumFractionDigits: 6 }));
}

/** A score as a label says it: four decimals where it is below 1, fewer the larger it is. */
export function scoreText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return powerText(value, 2);
  const digits = size >= 1000 ? 0 : size >= 10 ? 1 : size >= 1 ? 3 : 4;
  const most = size < 0.01 ? 5 : digits; // the thesis has 0.00723
  return minus(value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: most }));
}

const minus = (text: string): string => text.replace("-", "\u2212");

/** 2.5e7 as 2.5·10⁷. */
function powerText(value: number, digits: number): string {
  const [factor = "", exponent = ""] = value.toExponential(digits).split("e");
  const raised = [...exponent.replace("+", "")].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));
  return minus(`${factor === "1" ? "" : `${factor}·`}10${raised.join("")}`);
}

/** Pixels for the numbers of the y axis; its name begins at their left edge. */
export const leftMargin = 46;
/** Pixels for the numbers and the name of the x axis. */
export const bottomMargin = 42;

export interface Axes {
  /** Values to mark. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly xLabel: string;
  readonly yLabel: string;
}

/** Ticks as quiet numbers, with a line across the plot for each on the y axis; the names stand at the axes' ends. */
export function axes({ x, y, xLabel, yLabel }: Axes): Plot.Markish[] {
  // As `text`: Plot would leave out some of the ticks of a logarithmic axis.
  const style = { tickSize: 0, label: null, fill: palette.muted, text: tickText } as const;
  const name = { fill: palette.muted, fontWeight: 500 } as const;
  return [
    Plot.gridY(y, { stroke: palette.grid, strokeOpacity: 1 }),
    Plot.axisY(y, style),
    Plot.axisX(x, { ...style, tickPadding: 7 }),
    Plot.text([xLabel], { ...name, frameAnchor: "bottom-right", textAnchor: "end", dy: 33 }),
    Plot.text([yLabel], { ...name, frameAnchor: "top-left", textAnchor: "start", dx: -leftMargin, dy: -26 }),
  ];
}

/**
 * Positions near the wanted ones, at least `gap` apart and within [low, high], in the order that was given. Labels that
 * would collide become a group, centred on where its members wanted to be.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  interface Group {
    readonly members: readonly number[];
    /** The position of the first member. */
    readonly start: number;
  }
  const place = (members: readonly number[]): Group => {
    const length = (members.length - 1) * gap;
    const centre = members.reduce((sum, index) => sum + wanted[index]!, 0) / members.length;
    return { members, start: Math.max(low, Math.min(centre - length / 2, high - length)) };
  };
  const groups: Group[] = [];
  for (const index of wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!)) {
    let group = place([index]);
    for (
      let above = groups.at(-1);
      above && above.start + above.members.length * gap > group.start;
      above = groups.at(-1)
    ) {
      groups.pop();
      group = place([...above.members, ...group.members]);
    }
    groups.push(group);
  }
  const positions: number[] = [];
  for (const { members, start } of groups) members.forEach((index, i) => (positions[index] = start + i * gap));
  return positions;
}
