/** `cellgrad model`: the layers of a preset's network, and what a training step or an evaluation launches. Needs no device. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { UsageError } from "../errors.ts";
import type { Launch } from "../gpu/launch.ts";
import { modelOf, optimizerOf, presetNames, presetOf } from "../nn/preset.ts";
import { evaluationLaunches, type ModelSummary, summarize, summarizeTrainStep } from "../nn/summary.ts";
import { showShape } from "../shape.ts";
import { jsonOption, positiveInteger } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { type NetworkGiven, networkOptions, withNetwork } from "./train-options.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("preset", { type: "string", demandOption: true, describe: `one of ${presetNames.join(", ")}` })
    .options({
      batch: positiveInteger("batch", { describe: "images a step (default: the preset's)" }),
      size: positiveInteger("size", { describe: "height and width of the images (default: the preset's)" }),
      ...networkOptions,
      outputs: positiveInteger("outputs", { default: 3, describe: "numbers to predict of an image" }),
      launches: { type: "boolean", default: false, describe: "list the launches of a training step instead" },
      evaluation: { type: "boolean", default: false, describe: "with --launches: list those of an evaluation" },
      fuse: { type: "boolean", default: true, describe: "let layers do work of their neighbours" },
      ...jsonOption,
    });

interface Options extends NetworkGiven {
  readonly preset: string;
  readonly batch: number | undefined;
  readonly size: number | undefined;
  readonly outputs: number;
  readonly launches: boolean;
  readonly evaluation: boolean;
  readonly fuse: boolean;
  readonly json: boolean;
}

export function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  if (options.evaluation && !options.launches) {
    throw new UsageError("model: expected --launches beside --evaluation, which says whose to list, got none");
  }
  const preset = withNetwork(presetOf(options.preset), options);
  const { batch = preset.batch, size = preset.size, outputs, fuse } = options;
  const model = modelOf({ ...preset, size }, outputs);
  const summary = summarize(model);
  const { augment, loss } = preset;
  const step = { batch, fuse, augment, loss };
  const { launches, activationBytes } = summarizeTrainStep(model, optimizerOf(preset, model), step);
  const listed = options.evaluation ? evaluationLaunches(model, step) : launches;
  if (options.json) {
    const list = options.launches ? { launches: listed } : {};
    printJson({ preset: preset.name, size, batch, outputs, ...summary, activationBytes, ...list });
  } else if (options.launches) {
    printLaunches(listed);
  } else {
    printLayers(summary);
    printTotals(summary, { batch, launches: launches.length, activationBytes });
  }
  return Promise.resolve();
}

const integer = (value: number): string => value.toLocaleString("en");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function printLayers({ layers }: ModelSummary): void {
  printTable([
    ["layer", "class", "output", "parameters", "MACs"],
    ...layers.map(({ name, op, output, parameters, macs }) => [
      name,
      op,
      showShape(output),
      integer(parameters),
      integer(macs),
    ]),
  ]);
}

function printTotals(
  { parameters, trainable, macs }: ModelSummary,
  step: { readonly batch: number; readonly launches: number; readonly activationBytes: number },
): void {
  print("");
  printTable([
    ["parameters", integer(parameters)],
    ["  trainable", integer(trainable)],
    ["  not trainable", integer(parameters - trainable)],
    ["MACs of an image", integer(macs)],
    [`launches of a training step, batch ${step.batch}`, integer(step.launches)],
    ["  MB of activations that it keeps", megabytes(step.activationBytes)],
  ]);
}

function printLaunches(launches: readonly Launch[]): void {
  printTable([
    ["n", "phase", "layer", "kernel", "workgroups", "MFLOP", "MB"],
    ...launches.map(({ phase, layer, op, entryPoint, workgroups, flops, bytesRead, bytesWritten }, n) => [
      String(n),
      phase,
      layer,
      `${op}.${entryPoint}`,
      workgroups.join(" x "),
      (flops / 1e6).toFixed(2),
      ((bytesRead + bytesWritten) / 1e6).toFixed(2),
    ]),
  ]);
}
