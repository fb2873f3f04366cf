/** The roofline of a training step: every launch against what the adapter was measured to do. */
import type { Ceilings } from "../src/gpu/probe.ts";
import { at, type Axis, axisOver, colourOf, escape, logPlot, type Scales } from "./log-plot.ts";
import type { LaunchRow } from "./roofline.ts";

/** Radius of a launch that takes the whole step, in pixels; areas are as times. */
const largestRadius = 42;
const smallestRadius = 3;

/** Launches that do no arithmetic have no place on the axes; the subtitle counts them. */
export function rooflinePlot(title: string, rows: readonly LaunchRow[], ceilings: Ceilings): string {
  const shown = rows.filter(({ flops, bytes }) => flops > 0 && bytes > 0);
  const share = shown.reduce((sum, row) => sum + row.share, 0);
  const subtitle =
    `${shown.length} of ${rows.length} launches, ${(100 * share).toFixed(0)}% of the time; ` +
    "areas are as times; the others do no arithmetic";
  const ops = opsByTime(shown);
  const ridge = ceilings.fmaGflops / ceilings.copyGBps;
  const intensities = shown.map(intensityOf);
  const axes = {
    x: axisOver("arithmetic intensity, FLOP/byte", [...intensities, ridge * 4]),
    y: axisOver("rate, GFLOP/s", [...shown.map(({ gflops }) => gflops), ceilings.fmaGflops * 1.6]),
  };
  const legend = ops.map((label, i) => ({ label, colour: colourOf(i) }));
  return logPlot({ title, subtitle }, axes, legend, (scales) => {
    const largestFirst = [...shown].sort((a, b) => b.share - a.share);
    return roofOf(ceilings, axes.x, scales) + largestFirst.map((row) => pointOf(row, ops, scales)).join("");
  });
}

const intensityOf = ({ flops, bytes }: LaunchRow): number => flops / bytes;

/** The op that takes longest first. */
function opsByTime(rows: readonly LaunchRow[]): string[] {
  const times = new Map<string, number>();
  for (const { op, ms } of rows) times.set(op, (times.get(op) ?? 0) + ms.median);
  return [...times].sort(([, a], [, b]) => b - a).map(([op]) => op);
}

/** The slope of the bandwidth, the level of the arithmetic, and what each of them is. */
function roofOf({ fmaGflops, copyGBps }: Ceilings, { low, high }: Axis, { x, y }: Scales): string {
  const ridge = fmaGflops / copyGBps;
  const path = `M${at(x(low))} ${at(y(copyGBps * low))}L${at(x(ridge))} ${at(y(fmaGflops))}H${at(x(high))}`;
  const [slopeX, slopeY] = [x(ridge) - x(low), y(fmaGflops) - y(copyGBps * low)];
  const angle = (Math.atan2(slopeY, slopeX) * 180) / Math.PI;
  // The label of the slope lies on the part of it that is inside the axes, below its upper end.
  const onSlope = {
    x: x(ridge) - 12 * Math.cos((angle * Math.PI) / 180),
    y: y(fmaGflops) - 12 * Math.sin((angle * Math.PI) / 180),
  };
  return (
    `<path d="${path}" fill="none" stroke="#222" stroke-width="2"/>` +
    `<text x="${at(x(high) - 8)}" y="${at(y(fmaGflops) - 8)}" text-anchor="end">` +
    `${escape(`${fmaGflops.toPrecision(3)} GFLOP/s multiply-add`)}</text>` +
    `<text transform="translate(${at(onSlope.x)} ${at(onSlope.y - 8)}) rotate(${at(angle)})" text-anchor="end">` +
    `${escape(`${copyGBps.toPrecision(3)} GB/s copy`)}</text>`
  );
}

function pointOf(row: LaunchRow, ops: readonly string[], { x, y }: Scales): string {
  const radius = Math.max(smallestRadius, largestRadius * Math.sqrt(row.share));
  const text = `${row.name}: ${row.ms.median.toPrecision(3)} ms, ${row.gflops.toPrecision(3)} GFLOP/s`;
  const colour = colourOf(ops.indexOf(row.op));
  return (
    `<circle cx="${at(x(intensityOf(row)))}" cy="${at(y(row.gflops))}" r="${at(radius)}" fill="${colour}"` +
    ` fill-opacity="0.55" stroke="${colour}"><title>${escape(text)}</title></circle>`
  );
}
