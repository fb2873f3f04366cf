/** `cellgrad bench tune`: measures which variant of each kernel is the fastest here, and keeps it for later runs. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { BenchRow } from "../../bench/kernels/row.ts";
import { rowsOfOps } from "../../bench/kernels/rows.js";
import { createStep, defaultImages } from "../../bench/training-step.ts";
import { tune } from "../../bench/tune.ts";
import { referenceOf } from "../../bench/tune-reference.ts";
import type { TunedSite, TunedVariant } from "../../bench/tune-site.ts";
import { clearTuning, keepTuning, tuningKeyOf } from "../gpu/tuning-store.node.ts";
import { measureOptions, type MeasureOptions, type StepOptions, stepOptions, stepSpecOf } from "./bench-options.ts";
import { type BenchRun, cellsOf, figure, runBench } from "./bench-run.ts";
import { withDevice } from "./device.ts";
import { untilInterrupted } from "./interrupt.ts";
import { number } from "./options.ts";
import { note, print, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs.options({
    ...stepOptions,
    minutes: number(
      "minutes",
      { describe: "stop so many minutes after the start and keep what was measured (default: when all is measured)" },
      0.01,
    ),
    clear: { type: "boolean", default: false, describe: "only forget what was measured on this adapter" },
    ...measureOptions,
    repetitions: {
      ...measureOptions.repetitions,
      describe: "rounds of the variants that are hard to tell apart; others go out after fewer",
    },
  });

interface Options extends MeasureOptions, StepOptions {
  readonly minutes: number | undefined;
  readonly clear: boolean;
}

const timeWasUp = "time was up";

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  if (options.clear) {
    await withDevice(options, ({ description }) => {
      print(`forgot ${clearTuning(tuningKeyOf(description))}`);
      return Promise.resolve();
    });
    return;
  }
  const { minutes = Infinity } = options;
  const deadline = performance.now() + minutes * 60_000;
  const isLate = () => performance.now() >= deadline;
  await runBench(
    "tune",
    options,
    (run) =>
      untilInterrupted(async (signal) => {
        const stopped = () => (signal.aborted ? "interrupted" : isLate() ? timeWasUp : undefined);
        const result = await measure(run, options, stopped);
        if (signal.aborted) process.exitCode = 130;
        return result;
      }),
    printSites,
  );
}

async function measure(
  { device, line }: BenchRun,
  { repetitions, ...options }: Options,
  stopped: () => string | undefined,
) {
  const asked = stepSpecOf(options, device);
  const spec = { ...asked, images: defaultImages(asked.batch) };
  // Rows have R-Net's shapes: another network may take images that are too small for them.
  const rowsFor = (op: string): readonly BenchRow[] =>
    (asked.preset === "rnet" ? rowsOfOps[`${op}Rows`]?.(asked) : undefined) ?? [];
  const key = tuningKeyOf(device.description);
  let kept: string | undefined;
  const sites = await tune(
    device,
    // Learning nothing, the step may be repeated without end.
    (tuning, onRecorded) => createStep(device, spec, { learningRate: 0, tuning, onRecorded }),
    {
      repetitions,
      stopped,
      referee: referenceOf(device, rowsFor),
      onSite: ({ site }, done, total) => line.show(`${done + 1}/${total} ${site}`),
      onTuned: (site, done, total) => {
        line.clear();
        if (site.fastest !== null) kept = keepTuning(key, new Map([[site.site, site.fastest]]));
        if (site.notMeasured === null) note(`${done}/${total} ${summaryOf(site)}`);
      },
    },
  );
  if (kept !== undefined) note(`wrote ${kept}`);
  noteLeft(sites);
  const { preset, batch, size } = spec;
  return { preset, batch, size, sites };
}

function summaryOf({ site, variants, fastest }: TunedSite): string {
  const ms = variants.find(({ name }) => name === fastest)?.ms;
  return `${site}: ${fastest === null || !ms ? "no variant is right" : `${fastest}, ${figure(ms.median)} ms`}`;
}

function noteLeft(sites: readonly TunedSite[]): void {
  const left = sites.filter(({ notMeasured }) => notMeasured !== null);
  if (!left[0]) return;
  const { notMeasured: reason } = left[0];
  const cure =
    reason === timeWasUp && left.length === sites.length
      ? "Give it more --minutes."
      : "The same command again begins with those.";
  note(
    `${reason}: ${left.length} of ${sites.length} sites were not measured and keep the variants that they had. ${cure}`,
  );
}

function printSites({ sites }: { readonly sites: readonly TunedSite[] }): void {
  if (sites.length === 0) {
    print("no kernel of this step has more than one variant on this adapter");
    return;
  }
  printTable([
    ["site", "variant", "ms", "95% interval", "rounds", ""],
    ...sites.flatMap((site) =>
      site.notMeasured === null ? site.variants.map((own) => rowOf(site, own)) : [leftOf(site)],
    ),
  ]);
}

const rowOf = (site: TunedSite, variant: TunedVariant): string[] => [
  ...[site.site, variant.name, ...(variant.ms ? cellsOf(variant.ms) : ["", ""])],
  ...[String(variant.repetitions.length), verdictOf(site, variant)],
];

const leftOf = ({ site, notMeasured }: TunedSite): string[] => [site, "", "", "", "", `not measured: ${notMeasured}`];

function verdictOf({ fastest }: TunedSite, { name, wrong, slowerThan }: TunedVariant): string {
  if (wrong !== null) return `wrong: ${wrong}`;
  if (name === fastest) return "chosen";
  return slowerThan === null ? `not surely slower than ${fastest}` : `slower than ${slowerThan}`;
}
