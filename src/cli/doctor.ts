/** `cellgrad doctor`: the adapter that would run, and what it can do. */
import type { Argv } from "yargs";
import type { AdapterRequest, FoundAdapter } from "../gpu/adapter.node.ts";
import type { Device } from "../gpu/device.ts";
import { measureSpeed, timestampQuantumNs } from "../gpu/probe.ts";
import { withDevice } from "./device.ts";
import { adapterOptions, jsonOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";

export const builder = (yargs: Argv) => yargs.options({ ...jsonOption, ...adapterOptions });

export function handler(options: AdapterRequest & { json: boolean }): Promise<void> {
  return withDevice(options, async (device, found) => {
    const diagnosis = await diagnose(device, found);
    if (options.json) printJson(diagnosis);
    else printDiagnosis(diagnosis);
  });
}

type Diagnosis = Awaited<ReturnType<typeof diagnose>>;

async function diagnose(device: Device, { adapter, description, reason }: FoundAdapter) {
  return {
    adapter: description,
    reason,
    ...(await measureSpeed(device)),
    timestampQuantumNs: await timestampQuantumNs(device),
    features: [...adapter.features].sort(),
    limits: limitsOf(adapter.limits),
  };
}

/** The limits are getters of the object's class, so neither spreading nor JSON sees them. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const known: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === "number") known[name] = value;
  }
  return known;
}

function printDiagnosis({
  adapter,
  reason,
  copyGBps,
  fmaGflops,
  timestampQuantumNs,
  features,
  limits,
}: Diagnosis): void {
  printTable([
    ["adapter", adapter.name],
    ["type", `${adapter.type}, ${adapter.vendor}, ${adapter.backend}`],
    ["driver", adapter.driver],
    ["why this one", reason],
    ["copy", `${copyGBps.toFixed(1)} GB/s, read and write`],
    ["multiply-add", `${fmaGflops.toFixed(1)} GFLOP/s`],
    ["timestamps", timestampQuantumNs === null ? "none" : `in steps of ${timestampQuantumNs} ns`],
    ["features", features.join(" ")],
  ]);
  print("\nlimits");
  printTable(Object.entries(limits).map(([name, value]) => [`  ${name}`, value.toLocaleString("en")]));
}
