/** `cellgrad check grads`: finite differences against the gradients of a training step, tensor by tensor. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { generateDataset } from "../data/generator/generate.ts";
import { dataPresets } from "../data/generator/presets.ts";
import { cellTypes } from "../data/generator/types.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { type Comparison, directionalTolerance, type ElementComparison, worse } from "../nn/finite-difference.ts";
import { checkGradients, requireTolerance, type TensorCheck, worstTensor } from "../nn/gradient-check.ts";
import { modelOf, presetNames, presetOf } from "../nn/preset.ts";
import { showShape } from "../shape.ts";
import { withDevice } from "./device.ts";
import { adapterOptions, choice, jsonOption, positiveInteger, seedOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { type NetworkGiven, networkOptions, withNetwork } from "./train-options.ts";

/** The smallest that R-Net takes. */
const defaultSize = 36;

export const builder = (yargs: Argv) =>
  yargs.options({
    preset: choice("preset", presetNames, { default: "rnet", describe: "the network; its dropout is left out" }),
    ...networkOptions,
    size: positiveInteger("size", { default: defaultSize, describe: "height and width of the synthetic images" }),
    batch: positiveInteger("batch", { default: 8, describe: "images" }),
    samples: positiveInteger("samples", { default: 4, describe: "single elements to check of each tensor" }),
    ...seedOption,
    ...jsonOption,
    ...adapterOptions,
  });

interface Options extends AdapterRequest, NetworkGiven {
  readonly preset: string;
  readonly size: number;
  readonly batch: number;
  readonly samples: number;
  readonly seed: number;
  readonly json: boolean;
}

export function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { preset, size, batch, seed, samples, json } = options;
  const model = modelOf({ ...withNetwork(presetOf(preset), options), size, dropout: 0 }, cellTypes.length);
  return withDevice(options, async (device) => {
    const data = await generateDataset(device, { count: batch, size, seed, parameters: dataPresets.thesis });
    model.initialize(device, seed);
    const line = new ProgressLine();
    line.show("compiling");
    const onTensor = (checked: number, total: number) => line.show(`checked ${checked}/${total} tensors`);
    const checks = await checkGradients({ device, model, data, samples, seed, onTensor });
    line.clear();
    const tensors = checks.map((check) => ({ ...check, worst: worstElement(check) }));
    const adapter = device.description.name;
    if (json) printJson({ preset, size, batch, seed, adapter, tolerance: directionalTolerance, tensors });
    else printChecks(checks);
    requireTolerance(checks);
  });
}

const worstElement = ({ elements }: TensorCheck): ElementComparison => elements.reduce(worse);

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

function printChecks(checks: readonly TensorCheck[]): void {
  printTable([
    [
      "tensor",
      "shape",
      "along the gradient",
      "difference",
      "error",
      "worst element",
      "gradient",
      "difference",
      "error",
    ],
    ...checks.map((check) => {
      const element = worstElement(check);
      const start = [check.name, showShape(check.shape), ...cellsOf(check.directional)];
      return [...start, showShape(element.index), ...cellsOf(element)];
    }),
  ]);
  const { name, directional } = worstTensor(checks);
  print(
    `\n${checks.length} tensors; along the gradient the largest error is ${percent(directional.error)} (${name}); ` +
      `up to ${percent(directionalTolerance)} may be rounding and kinks`,
  );
  print("the error of a single element is relative to the largest gradient of its tensor");
}

const cellsOf = ({ gpu, difference, error }: Comparison): string[] => [
  gpu.toExponential(4),
  difference.toExponential(4),
  percent(error),
];
