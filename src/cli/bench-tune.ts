/** `cellgrad bench tune`: measures which variant of each kernel is the fastest here, and keeps it for later runs. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { BenchRow } from "../../bench/kernels/row.ts";
import { rowsOfOps } from "../../bench/kernels/rows.js";
import { createStep, defaultImages } from "../../bench/training-step.ts";
import { referenceOf } from "../../bench/tune-reference.ts";
import { tune, type TunedSite } from "../../bench/tune.ts";
import { clearTuning, keepTuning, tuningKeyOf } from "../gpu/tuning-store.node.ts";
import { measureOptions, type MeasureOptions, type StepOptions, stepOptions, stepSpecOf } from "./bench-options.ts";
import { type BenchRun, cellsOf, runBench } from "./bench-run.ts";
import { withDevice } from "./device.ts";
import { untilInterrupted } from "./interrupt.ts";
import { note, print, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs.options({
    ...stepOptions,
    clear: { type: "boolean", default: false, describe: "only forget what was measured on this adapter" },
    ...measureOptions,
  });

interface Options extends MeasureOptions, StepOptions {
  readonly clear: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  if (options.clear) {
    await withDevice(options, ({ description }) => {
      print(`forgot ${clearTuning(tuningKeyOf(description))}`);
      return Promise.resolve();
    });
    return;
  }
  const { complete } = await untilInterrupted((signal) =>
    runBench("tune", options, (run) => measure(run, options, signal), printSites),
  );
  if (complete) return;
  process.exitCode = 130;
  note("stopped; the sites that were finished are kept, the others are as before");
}

async function measure({ device, line }: BenchRun, { repetitions, ...options }: Options, signal: AbortSignal) {
  const asked = stepSpecOf(options, device);
  const spec = { ...asked, images: defaultImages(asked.batch) };
  // Rows have R-Net's shapes: another network may take images that are too small for them.
  const rowsFor = (op: string): readonly BenchRow[] =>
    (asked.preset === "rnet" ? rowsOfOps[`${op}Rows`]?.(asked) : undefined) ?? [];
  const sites = await tune(
    device,
    // Learning nothing, the step may be repeated without end.
    (tuning, onRecorded) => createStep(device, spec, { learningRate: 0, tuning, onRecorded }),
    {
      ...{ repetitions, signal },
      referee: referenceOf(device, rowsFor),
      onSite: ({ site }, done, total) => line.show(`${done + 1}/${total} ${site}`),
    },
  );
  line.clear();
  const fastest = sites.flatMap(({ site, fastest }): [string, string][] => (fastest === null ? [] : [[site, fastest]]));
  if (fastest.length > 0) note(`wrote ${keepTuning(tuningKeyOf(device.description), new Map(fastest))}`);
  const { preset, batch, size } = spec;
  return { preset, batch, size, complete: !signal.aborted, sites };
}

function printSites({ sites }: { readonly sites: readonly TunedSite[] }): void {
  if (sites.length === 0) {
    print("no kernel of this step has more than one variant on this adapter");
    return;
  }
  printTable([
    ["site", "variant", "ms", "95% interval", ""],
    ...sites.flatMap(({ site, variants, fastest }) =>
      variants.map(({ name, ms, wrong }) => [
        ...[site, name, ...(ms ? cellsOf(ms) : ["", ""])],
        wrong === null ? (name === fastest ? "fastest" : "") : `wrong: ${wrong}`,
      ]),
    ),
  ]);
}
