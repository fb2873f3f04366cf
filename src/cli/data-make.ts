/** `cellgrad data make`: a synthetic phase-contrast data set. */
import type { ArgumentsCamelCase, Argv, Options as YargsOptions } from "yargs";
import { defaultSize, requireOptions } from "../data/generator/options.ts";
import {
  type ParameterName,
  parameterNames,
  parameterTable,
  parseRange,
  type Ranges,
  requireRange,
} from "../data/generator/parameters.ts";
import { dataPresetNames, dataPresetOf } from "../data/generator/presets.ts";
import { parsePrior } from "../data/generator/prior.ts";
import { makeDataset } from "../data/make.node.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import type { Pair } from "../shape.ts";
import { withDevice } from "./device.ts";
import { untilInterrupted } from "./interrupt.ts";
import { adapterOptions, choice, jsonOption, positiveInteger, seedOption, text } from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";

/** `fieldOfView` as one types it: field-of-view. */
const optionOf = (name: ParameterName): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const builder = (yargs: Argv) =>
  yargs
    .positional("out", { type: "string", demandOption: true, describe: "the folder to make" })
    .options({
      count: positiveInteger("count", { default: 1000, describe: "images" }),
      size: positiveInteger("size", { default: defaultSize, describe: "height and width of an image" }),
      preset: choice("preset", dataPresetNames, { default: "thesis", describe: "the parameters below" }),
      prior: text("prior", { default: "uniforms", describe: "of the composition: uniforms or dirichlet:ALPHA" }),
      bits: choice("bits", ["8", "16"], { default: "8", describe: "of a gray level" }),
      masks: { type: "boolean", default: false, describe: "write masks by type and by instance" },
      ...seedOption,
      ...adapterOptions,
      ...jsonOption,
    })
    .options(Object.fromEntries(parameterNames.map((name) => [optionOf(name), parameterOption(name)])))
    .group(parameterNames.map(optionOf), "A number, or a range such as 0.5..1.5 from which each image draws its own:");

function parameterOption(name: ParameterName): YargsOptions {
  const { unit, about } = parameterTable[name];
  const option = optionOf(name);
  const read = (given: unknown): Pair => {
    const range = parseRange(`--${option}`, given === "" && name === "detail" ? "1" : String(given));
    requireRange(name, `--${option}`, range);
    return range;
  };
  // With a number of arguments, -12..12 is one; --detail may stand alone.
  const nargs = name === "detail" ? {} : { nargs: 1 };
  return { ...nargs, type: "string", describe: unit === "" ? about : `${about} [${unit}]`, coerce: read };
}

interface Options extends AdapterRequest, Partial<Ranges> {
  readonly out: string;
  readonly count: number;
  readonly size: number;
  readonly seed: number;
  readonly preset?: string;
  readonly prior?: string;
  readonly bits?: string;
  readonly masks?: boolean;
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { out, count, size, seed, json, masks = false, preset = "thesis" } = options;
  const given = parameterNames.map((name) => [name, options[name]] as const).filter(([, range]) => range);
  const parameters: Ranges = { ...dataPresetOf(preset), ...Object.fromEntries(given) };
  const made = { count, size, seed, parameters, prior: parsePrior(options.prior ?? "uniforms"), masks };
  const bits = options.bits === "16" ? 16 : 8;
  requireOptions(made);
  const began = performance.now();
  await withDevice(options, async (device) => {
    const complete = await untilInterrupted((signal) =>
      ProgressLine.during((line) => {
        const onProgress = (done: number) => line.show(progress(done, count, began));
        return makeDataset(device, out, { ...made, bits, signal, onProgress });
      }),
    );
    if (!complete) {
      process.exitCode = 130;
      note(`stopped; ${out} is not complete and has no labels.csv. Remove it.`);
    } else if (json) printJson({ data: out, count, size, seed, preset, adapter: device.description.name });
    else print(`${count} images of ${size} x ${size} in ${out}`);
  });
}

function progress(done: number, count: number, began: number): string {
  const speed = done / ((performance.now() - began) / 1000);
  return `making ${done}/${count} images  ${speed.toFixed(1)} images/s`;
}
