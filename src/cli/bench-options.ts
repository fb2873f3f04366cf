/** Options of the benchmarks. */
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import type { Device } from "../gpu/device.ts";
import { fewestRepetitions } from "../gpu/timing.ts";
import { presetNames, presetOf } from "../nn/preset.ts";
import { adapterOptions, choice, integer, jsonOption, positiveInteger, text } from "./options.ts";

/** Of every benchmark that measures. */
export const measureOptions = {
  repetitions: integer(
    "repetitions",
    { default: fewestRepetitions, describe: "how often everything is timed" },
    fewestRepetitions,
  ),
  out: text("out", { describe: "also save the JSON document here" }),
  ...jsonOption,
  ...adapterOptions,
} as const;

export interface MeasureOptions extends AdapterRequest {
  readonly repetitions: number;
  readonly out: string | undefined;
  readonly json: boolean;
}

export const presetOption = {
  preset: choice("preset", presetNames, { default: "rnet", describe: "the network" }),
} as const;

/** Of the benchmarks of one training step. */
export const stepOptions = {
  ...presetOption,
  batch: positiveInteger("batch", { describe: "images a step (default: the preset's; 4 on a software adapter)" }),
  size: positiveInteger("size", { describe: "height and width of the images (default: the preset's)" }),
} as const;

export interface StepOptions {
  readonly preset: string;
  readonly batch: number | undefined;
  readonly size: number | undefined;
}

export const traceOption = {
  trace: text("trace", { describe: "save one step here as a Chrome trace, for https://ui.perfetto.dev" }),
} as const;

export const svgOption = { svg: text("svg", { describe: "save a plot here" }) } as const;

/** Numbers to predict of an image: the thesis's. */
const outputs = 3;
const softwareBatch = 4;

/** What the options ask for, with defaults that the adapter can bear. */
export function stepSpecOf({ preset: name, batch, size }: StepOptions, device: Device) {
  const preset = presetOf(name);
  const { type } = device.description;
  return {
    preset: name,
    batch: batch ?? (type === "software" ? Math.min(softwareBatch, preset.batch) : preset.batch),
    size: size ?? preset.size,
    outputs,
  };
}
