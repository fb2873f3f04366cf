/** Compares variants with the float64 references of `bench kernels`, where a row has the same site. */
import type { Device } from "../src/gpu/device.ts";
import { Program } from "../src/gpu/program.ts";
import type { Choice } from "../src/gpu/tuning.ts";
import { destroy, runOnce } from "./kernels.ts";
import type { BenchRow, OpenRow } from "./kernels/row.ts";
import type { Referee } from "./tune-site.ts";

/** @param rowsFor the rows of an op, by its name: the first word of a site. */
export function referenceOf(device: Device, rowsFor: (op: string) => readonly BenchRow[]): Referee {
  const found = new Map<string, { open: OpenRow; expected: ReadonlyMap<string, Float64Array> } | undefined>();
  return async (choice, variant) => {
    const op = choice.site.split(" ", 1)[0] ?? "";
    if (!found.has(choice.site)) found.set(choice.site, rowAt(device, choice, rowsFor(op)));
    const row = found.get(choice.site);
    if (!row) return undefined;
    const [first] = row.open.variants;
    if (!first) return undefined;
    row.open.prepare?.(device);
    const program = (name: string) => forced(device, name, choice.site, variant);
    const { ready, error } = await runOnce(device, { ...first, program }, choice.site, row.expected);
    destroy(device, ready);
    const { output, worst } = error;
    return worst <= row.open.tolerance
      ? undefined
      : `${output} is off by ${worst.toExponential(1)} of the float64 reference`;
  };
}

const forced = (device: Device, name: string, site: string, variant: string): Program =>
  new Program(name, { ...device.tuning, measured: new Map([...device.tuning.measured, [site, variant]]) });

/** The first row that chooses at this site in the phase that it computes. */
function rowAt(device: Device, { site }: Choice, rows: readonly BenchRow[]) {
  for (const row of rows) {
    const open = row.open();
    const program = new Program(row.label, device.tuning);
    const { phase } = open.variants[0]?.record(program) ?? {};
    if (program.choices.some((choice) => choice.site === site && choice.phase === phase)) {
      return { open, expected: open.expected() };
    }
  }
  return undefined;
}
