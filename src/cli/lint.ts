/** `cellgrad lint`: what in a set-up cannot work, before it is trained. No device is opened. */
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import { DataError } from "../errors.ts";
import { type Accepted, acceptedFindings, lint } from "../nn/lint.ts";
import { lintFacts } from "../nn/lint-facts.ts";
import type { Finding } from "../nn/lint-finding.ts";
import type { Preset } from "../nn/preset.ts";
import { networkOf } from "./network-of.ts";
import { print, printJson } from "./output.ts";
import { readDataset } from "./read-dataset.ts";
import { splitOf } from "./split-option.ts";
import { networkOptions, presetWith, trainOptions } from "./train-options.ts";

const options = {
  preset: trainOptions.preset,
  batch: trainOptions.batch,
  size: trainOptions.size,
  resize: trainOptions.resize,
  augment: trainOptions.augment,
  dropout: trainOptions.dropout,
  ...networkOptions,
  channel: trainOptions.channel,
  normalize: trainOptions.normalize,
  "label-columns": trainOptions["label-columns"],
  "ignore-unlabelled": trainOptions["ignore-unlabelled"],
  split: trainOptions.split,
  "split-file": trainOptions["split-file"],
  "hold-out-densest": trainOptions["hold-out-densest"],
  seed: trainOptions.seed,
  epochs: trainOptions.epochs,
  lr: trainOptions.lr,
  optimizer: trainOptions.optimizer,
  loss: trainOptions.loss,
  l1: trainOptions.l1,
  l2: trainOptions.l2,
  schedule: trainOptions.schedule,
  "early-stopping": trainOptions["early-stopping"],
  cache: trainOptions.cache,
  json: trainOptions.json,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(options)
    .conflicts("split", "split-file")
    .conflicts("hold-out-densest", "split-file");

type Given = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { data: string }>;

/** Prints the findings; then those that training refuses are an error. */
export async function handler(given: Given): Promise<void> {
  const preset = presetWith(given);
  networkOf(preset, 1); // an image too small is known before all are read
  const dataset = await readDataset(given.data, { ...given, size: preset.size, resize: preset.resize });
  const split = await splitOf(dataset.names, given, given.seed ?? 0);
  const facts = lintFacts(dataset, split);
  const [findings, accepted] = [lint(preset, facts), acceptedFindings(preset, facts)];
  if (given.json) printJson({ data: given.data, preset: preset.name, findings, accepted });
  else show(given.data, preset, findings, accepted);
  const refused = findings.filter(({ isRefused }) => isRefused).map(({ rule }) => rule);
  if (refused.length === 0) return;
  throw new DataError(
    `${given.data}: expected a set-up that can be trained, got one that cannot (${refused.join(", ")})`,
  );
}

function show(data: string, { name }: Preset, findings: readonly Finding[], accepted: readonly Accepted[]): void {
  if (findings.length === 0) print(`${data} with ${name}: nothing found`);
  for (const { rule, message, thesis } of findings) {
    print(`${rule}: ${message}${thesis ? `\n  thesis: ${thesis}` : ""}`);
  }
  for (const { rule, reason } of accepted) print(`${name} accepts ${rule}: ${reason}`);
}
