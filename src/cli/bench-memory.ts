/** `cellgrad bench memory`: the memory that training plans, and what it takes. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Provenance } from "../../bench/document.ts";
import { measureMemory, memoryTolerance, type MemoryUse } from "../../bench/memory.ts";
import { CellgradError } from "../errors.ts";
import { measureOptions, type MeasureOptions, type StepOptions, stepOptions, stepSpecOf } from "./bench-options.ts";
import { percent, runBench } from "./bench-run.ts";
import { positiveInteger } from "./options.ts";
import { print, printTable } from "./output.ts";

const { repetitions: _repetitions, ...resultOptions } = measureOptions;

export const builder = (yargs: Argv) =>
  yargs.options({
    ...stepOptions,
    images: positiveInteger("images", { describe: "images of the data set (default: one batch)" }),
    ...resultOptions,
  });

interface Options extends Omit<MeasureOptions, "repetitions">, StepOptions {
  readonly images: number | undefined;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { deviation } = await runBench(
    "memory",
    options,
    async ({ device, line }) => {
      const asked = stepSpecOf(options, device);
      const spec = { ...asked, images: options.images ?? asked.batch };
      const onCompile = (compiled: number, total: number) => line.show(`compiled ${compiled}/${total} kernels`);
      const { preset, batch, size, images } = spec;
      return { preset, batch, size, images, ...(await measureMemory(device, spec, onCompile)) };
    },
    printMemory,
  );
  if (Math.abs(deviation) <= memoryTolerance) return;
  throw new CellgradError(
    `bench memory: expected a peak within ${percent(memoryTolerance)} of the plan, got one ${percent(Math.abs(deviation))} off`,
  );
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);

function printMemory({ rows, plannedBytes, peakBytes, deviation }: Provenance & MemoryUse): void {
  printTable([
    ["memory", "MB"],
    ...rows.map((row) => [row.name, megabytes(row.plannedBytes)]),
    ["planned in all", megabytes(plannedBytes)],
    ["allocated at most", megabytes(peakBytes)],
  ]);
  print(`\nthe peak is ${percent(Math.abs(deviation))} ${deviation < 0 ? "below" : "above"} the plan`);
}
