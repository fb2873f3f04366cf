/** `cellgrad bench kernels`: every kernel checked against its float64 reference, and then timed. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { describeWrong, type KernelResults, measureKernels, requireRight } from "../../bench/kernels.ts";
import type { BenchRow, Shapes } from "../../bench/kernels/row.ts";
import { rowsOfOps } from "../../bench/kernels/rows.js";
import { UsageError } from "../errors.ts";
import { presetOf } from "../nn/preset.ts";
import { measureOptions, type MeasureOptions } from "./bench-options.ts";
import { cellsOf, figure, percent, runBench } from "./bench-run.ts";
import { positiveInteger, text } from "./options.ts";
import { print, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs.options({
    filter: text("filter", { describe: "only rows whose op and label contain this" }),
    op: text("op", { describe: "only rows of this op" }),
    batch: positiveInteger("batch", { describe: "images at R-Net's shapes (default: 32; 2 on a software adapter)" }),
    size: positiveInteger("size", { default: preset.size, describe: "height and width of R-Net's images" }),
    ...measureOptions,
  });

const preset = presetOf("rnet");
const softwareBatch = 2;
const defaultBatch = { hardware: preset.batch, software: softwareBatch } as const;

interface Options extends MeasureOptions {
  readonly filter: string | undefined;
  readonly op: string | undefined;
  readonly batch: number | undefined;
  readonly size: number;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { size, repetitions } = options;
  requireRows(options);
  const { wrong } = await runBench(
    "kernels",
    options,
    async ({ device, provenance, line }) => {
      const batch = options.batch ?? defaultBatch[device.description.type];
      const rows = rowsFor({ batch, size }, options);
      const onRow = ({ op, label }: BenchRow, done: number) =>
        line.show(`checking ${done + 1}/${rows.length} ${op} ${label}`);
      const onBatch = (done: number, total: number) => line.show(`timed ${done}/${total}`);
      return {
        batch,
        size,
        ...(await measureKernels(device, rows, provenance.ceilings, { repetitions, onRow, onBatch })),
      };
    },
    printKernels,
  );
  requireRight(wrong);
}

type Chosen = Partial<Pick<Options, "filter" | "op">>;

const rowsFor = (shapes: Shapes, { filter = "", op }: Chosen = {}): BenchRow[] =>
  Object.values(rowsOfOps)
    .flatMap((rowsOf) => rowsOf(shapes))
    .filter((row) => `${row.op} ${row.label}`.includes(filter) && (op === undefined || row.op === op));

/** The ops that have rows. */
export const kernelOps = (size = preset.size): string[] => [
  ...new Set(rowsFor({ batch: softwareBatch, size }).map(({ op }) => op)),
];

/** Refuses an op that is none and a filter that fits no row, before anything is measured. */
function requireRows({ filter, op, batch, size }: Options): void {
  const ops = kernelOps(size);
  if (op !== undefined && !ops.includes(op)) {
    throw new UsageError(`--op: expected one of ${ops.join(", ")}, got "${op}"`);
  }
  const batches = batch === undefined ? Object.values(defaultBatch) : [batch];
  if (batches.some((own) => rowsFor({ batch: own, size }, { filter, op }).length > 0)) return;
  throw new UsageError(
    `--filter: expected a part of a row's name, such as one of ${ops.join(", ")}, got "${filter}"` +
      (op === undefined ? "" : `, which fits no row of ${op}`),
  );
}

function printKernels({ rows, wrong }: KernelResults): void {
  printTable([
    ["kernel", "ms", "95% interval", "GFLOP/s", "GB/s", "of peak", "bound", "error", "to first variant"],
    ...rows.map((row) => [
      row.name,
      ...cellsOf(row.ms),
      figure(row.gflops),
      figure(row.gbps),
      percent(row.shareOfPeak),
      row.bound,
      row.worstError.toExponential(1),
      row.ratioToFirst ? cellsOf(row.ratioToFirst).join(" ") : "",
    ]),
  ]);
  for (const each of wrong) print(`WRONG, not timed: ${describeWrong(each)}`);
}
