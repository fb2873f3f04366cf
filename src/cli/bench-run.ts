/** How every benchmark runs: the adapter's ceilings first, then the measurement, then its one document. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describeRun, driftWarning, type Provenance } from "../../bench/document.ts";
import type { Device } from "../gpu/device.ts";
import { measureFma } from "../gpu/probe.ts";
import type { Estimate } from "../gpu/statistics.ts";
import type { MeasureOptions } from "./bench-options.ts";
import { withDevice } from "./device.ts";
import { note, print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { version } from "./version.ts";

export interface BenchRun {
  readonly device: Device;
  readonly provenance: Omit<Provenance, "fmaGflopsAfter">;
  readonly line: ProgressLine;
}

/** Measures, saves where --out says, and prints the document or what `show` makes of it. */
export async function runBench<const Kind extends string, Result extends object>(
  kind: Kind,
  options: Omit<MeasureOptions, "repetitions">,
  measure: (run: BenchRun) => Promise<Result>,
  show: (document: Provenance & Result) => void,
): Promise<Provenance & Result> {
  return withDevice(options, async (device) => {
    const document = await ProgressLine.during(async (line) => {
      line.show("measuring what the adapter can do");
      const provenance = await describeRun(device, {
        date: new Date().toISOString(),
        command: commandLine(),
        versions: versions(),
      });
      const result = await measure({ device, provenance, line });
      return { kind, ...provenance, fmaGflopsAfter: await measureFma(device), ...result };
    });
    const warning = driftWarning([document.ceilings.fmaGflops, document.fmaGflopsAfter]);
    if (warning !== undefined) note(`warning: ${warning}`);
    if (options.out !== undefined) await save(options.out, JSON.stringify(document, undefined, 1));
    if (options.json) printJson(document);
    else {
      print(ceilingsOf(document));
      print("");
      show(document);
    }
    return document;
  });
}

const commandLine = (): string => ["cellgrad", ...process.argv.slice(2)].join(" ");

/** Read when there is a device, and with it the package: what its absence means is said by whoever opens one. */
const versions = () => ({
  cellgrad: version,
  node: process.versions.node,
  webgpu: (createRequire(import.meta.url)("webgpu/package.json") as { version: string }).version,
});

/** Writes a file, whole or not at all, and says so. */
export async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
  note(`wrote ${path}`);
}

const ceilingsOf = ({ ceilings, clockQuantumNs }: Provenance): string =>
  `measured at best: ${figure(ceilings.fmaGflops)} GFLOP/s, ${figure(ceilings.copyGBps)} GB/s, ` +
  `${figure(ceilings.dispatchUs)} us a launch; the clock advances by ${clockQuantumNs} ns`;

/** Three digits that count. */
export function figure(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits);
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** The median, and the interval as a cell of its own. */
export const cellsOf = ({ median, low, high }: Estimate): [string, string] => [
  figure(median),
  `[${figure(low)}, ${figure(high)}]`,
];
