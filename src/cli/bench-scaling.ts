/** `cellgrad bench scaling`: how the time of a step grows with batch and image size. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { scalingPlot } from "../../bench/scaling-plot.ts";
import { measureScaling, type Scaling } from "../../bench/scaling.ts";
import { measureOptions, type MeasureOptions, presetOption, svgOption } from "./bench-options.ts";
import { type BenchRun, cellsOf, figure, percent, runBench, save } from "./bench-run.ts";
import { positiveIntegers } from "./options.ts";
import { print, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs.options({
    ...presetOption,
    batches: positiveIntegers("batches", {
      describe: "images a step, such as 1,4,16 (default: to 256; few on software)",
    }),
    sizes: positiveIntegers("sizes", {
      describe: "height and width, such as 64,128 (default: to 512; few on software)",
    }),
    ...svgOption,
    ...measureOptions,
  });

interface Options extends MeasureOptions {
  readonly preset: string;
  readonly batches: readonly number[] | undefined;
  readonly sizes: readonly number[] | undefined;
  readonly svg: string | undefined;
}

/** What each kind of adapter bears in about a minute. */
const defaults = {
  hardware: { batches: [2, 8, 32, 128, 256], sizes: [64, 128, 256, 512] },
  software: { batches: [2, 8], sizes: [40, 64] },
} as const;

/** Numbers to predict of an image: the thesis's. */
const outputs = 3;

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  await runBench("scaling", options, (run) => measure(run, options), printScaling);
}

async function measure({ device, provenance, line }: BenchRun, options: Options) {
  const { batches, sizes } = defaults[device.description.type];
  const grid = {
    preset: options.preset,
    outputs,
    batches: options.batches ?? batches,
    sizes: options.sizes ?? sizes,
  };
  const onStep = (batch: number, size: number) => line.show(`batch ${batch}, ${size} x ${size}`);
  const { ceilings } = provenance;
  const scaling = await measureScaling(device, grid, { ceilings, repetitions: options.repetitions, onStep });
  line.clear();
  if (options.svg !== undefined) {
    await save(options.svg, scalingPlot(`${grid.preset}, ${provenance.adapter.name}`, scaling.rows));
  }
  return { preset: grid.preset, ...scaling };
}

function printScaling({ rows, skipped }: Scaling): void {
  const exponent = (value: number | null) => (value === null ? "" : value.toFixed(2));
  printTable([
    [
      "size",
      "batch",
      "ms a step",
      "95% interval",
      "ms an image",
      "~batch^",
      "~size^",
      "GFLOP/s",
      "of peak",
      "first step, s",
    ],
    ...rows.map((row) => [
      ...[String(row.size), String(row.batch), ...cellsOf(row.ms), figure(row.msPerImage)],
      ...[exponent(row.batchExponent), exponent(row.sizeExponent)],
      ...[figure(row.gflops), percent(row.shareOfPeak), (row.firstStepMs / 1000).toFixed(1)],
    ]),
  ]);
  for (const { name, reason } of skipped) print(`left out: ${name}: ${reason}`);
}
