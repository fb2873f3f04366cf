import { print, printTable } from "../../src/cli/output.ts";
import { describeDifference } from "./agreement.ts";
import type { PeerRow, PeersDocument } from "./row.ts";

/** Prints a comparison for people; who did other work than cellgrad stands above all times. */
export function printComparison({ adapter, spec, rows }: PeersDocument): void {
  const { task, batch, size, padding } = spec;
  const what = task === "training" ? "one training step" : "one forward pass, from host memory to host memory";
  print(`R-Net, ${what}, batch ${batch}, ${size} x ${size}, ${padding} padding, on ${adapter.name}`);
  print(`medians of ${rows[0].stepsMs.length} steps; ratios are to cellgrad, with their 95 % interval\n`);
  for (const row of rows.filter(({ agrees }) => !agrees)) {
    print(`DISAGREES  ${describeDifference(row.system, row, task)}\n`);
  }
  printTable(tableOf(rows));
  const others = rows.filter((row) => row.adapter !== adapter.name);
  if (others.length > 0) print("");
  for (const row of others) print(`${row.system} ran on ${row.adapter}`);
}

/** Who dispatches nothing does not use the WebGPU of Node, whose calls are counted. */
const seen = ({ dispatches }: PeerRow, calls: number): string => (dispatches > 0 ? String(calls) : "-");

/** A column: its heading, and a row's cell. */
type Column = readonly [heading: string, cell: (row: PeerRow) => string];

const columns: readonly Column[] = [
  ["system", ({ system }) => system],
  ["version", ({ version }) => version],
  ["ms/step", ({ msPerStep }) => msPerStep.toFixed(msPerStep < 10 ? 3 : 1)],
  ["ratio", ({ ratio }) => ratio.median.toFixed(2)],
  ["95 %", ({ ratio }) => `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`],
  ["first step, s", ({ firstStepMs }) => (firstStepMs / 1000).toFixed(2)],
  ["ratio", ({ firstStepRatio }) => firstStepRatio.toFixed(2)],
  ["dispatches", (row) => seen(row, row.dispatches)],
  ["submits", (row) => seen(row, row.submits)],
  ["buffers", (row) => seen(row, row.createBuffer)],
];

function tableOf(rows: readonly PeerRow[]): string[][] {
  const last: Column =
    rows[0].losses === undefined
      ? ["difference", ({ difference }) => difference.toExponential(1)]
      : ["loss after 10", ({ lossAfter10 }) => (lossAfter10 ?? NaN).toPrecision(5)];
  const all: Column[] = [...columns, last, ["", ({ agrees }) => (agrees ? "" : "DISAGREES")]];
  return [all.map(([heading]) => heading), ...rows.map((row) => all.map(([, cell]) => cell(row)))];
}
