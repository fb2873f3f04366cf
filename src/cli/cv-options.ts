/** The options of `cellgrad cv`: those of `train` that decide a training, and what is varied. */
import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs";
import { UsageError } from "../errors.ts";
import { comparedScores } from "../nn/cross-validation.ts";
import type { Choice, Variation } from "../nn/cross-validation-plan.ts";
import { choice, integer, text } from "./options.ts";
import { type PresetOptions, trainOptions } from "./train-options.ts";

/** As one types it. */
type Kebab<Name> = Name extends "earlyStopping" ? "early-stopping" : Name;

/** The options that may be varied: all that change a preset. */
const variable = {
  preset: trainOptions.preset,
  epochs: trainOptions.epochs,
  batch: trainOptions.batch,
  size: trainOptions.size,
  resize: trainOptions.resize,
  augment: trainOptions.augment,
  dropout: trainOptions.dropout,
  lr: trainOptions.lr,
  optimizer: trainOptions.optimizer,
  loss: trainOptions.loss,
  l1: trainOptions.l1,
  l2: trainOptions.l2,
  activation: trainOptions.activation,
  head: trainOptions.head,
  skip: { ...trainOptions.skip, coerce: truth },
  schedule: trainOptions.schedule,
  "early-stopping": trainOptions["early-stopping"],
} as const satisfies Record<Kebab<keyof PresetOptions>, unknown>;

/** yargs gives an option that stands on its own as a boolean. */
function truth(given: unknown): boolean {
  if (given === true || given === "true") return true;
  if (given === false || given === "false") return false;
  throw new UsageError(`--skip: expected true or false, got ${JSON.stringify(given)}`);
}

type VariableName = keyof typeof variable;

const isVariable = (name: string): name is VariableName => Object.hasOwn(variable, name);

/** `loss=mse,mae`, once for each option. Every value is checked as `train` checks it. */
function variationsOf(given: unknown): Variation[] {
  const texts: unknown[] = Array.isArray(given) ? given : [given];
  const variations = texts.map(variationOf);
  const options = variations.map(({ option }) => option);
  const repeated = options.find((option, i) => options.indexOf(option) < i);
  if (repeated === undefined) return variations;
  throw new UsageError(`--vary: expected each option once, got ${repeated} twice; write all of its values in one list`);
}

function variationOf(given: unknown): Variation {
  const [, option, list] = (typeof given === "string" && /^\s*([^=]+?)\s*=(.+)$/s.exec(given)) || [];
  if (option === undefined || list === undefined) {
    throw new UsageError(
      `--vary: expected OPTION=VALUE,VALUE, such as loss=mse,mae,huber, got ${JSON.stringify(given)}`,
    );
  }
  if (!isVariable(option)) {
    const names = Object.keys(variable).join(", ");
    throw new UsageError(`--vary: expected an option of train that changes a preset (${names}), got "${option}"`);
  }
  const values = partsOf(list).map((value) => {
    const checked = checkedValue(option, value);
    return typeof checked === "object" ? value.trim() : String(checked);
  });
  const repeated = values.find((value, i) => values.indexOf(value) < i);
  if (repeated === undefined) return { option, values };
  throw new UsageError(`--vary: expected different values of ${option}, got ${repeated} twice`);
}

/** Parts between commas; `patience=5` belongs to the schedule before it. */
const partsOf = (list: string): string[] => list.split(/,(?!\s*\w+=)/);

function checkedValue(option: VariableName, value: string) {
  try {
    return variable[option].coerce(value);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`--vary: ${cause.message}`, { cause });
  }
}

const optionKey = (name: VariableName): keyof PresetOptions => (name === "early-stopping" ? "earlyStopping" : name);

/** A choice as options of `train`. */
export const presetOptionsOf = (chosen: Choice): PresetOptions =>
  Object.fromEntries(
    Object.entries(chosen).flatMap(([name, value]) =>
      isVariable(name) ? [[optionKey(name), checkedValue(name, value)]] : [],
    ),
  );

// As for `train`, nothing that decides the result has a default here, so that --resume can tell what was asked for.
export const cvOptions = {
  folds: integer("folds", { describe: "how many parts take turns in validating (default 5)" }, 2),
  vary: {
    type: "string",
    requiresArg: true,
    coerce: variationsOf,
    describe: `OPTION=VALUE,VALUE; given for several options, all combinations are trained. Any of ${Object.keys(variable).join(", ")}`,
  },
  by: choice("by", comparedScores, {
    describe: `the score that decides which is the best: ${comparedScores.join(", ")} (default mse)`,
  }),
  out: text("out", { demandOption: true, describe: "the folder of all runs, which must not exist yet" }),
  resume: { type: "boolean", describe: "go on with the cross-validation in --out" },
  quick: {
    type: "boolean",
    describe: "a first look: preset tiny, 40 epochs, at most 240 images, unless options say otherwise",
  },
  ...variable,
  channel: trainOptions.channel,
  normalize: trainOptions.normalize,
  seed: trainOptions.seed,
  shuffle: trainOptions.shuffle,
  fuse: trainOptions.fuse,
  "label-columns": trainOptions["label-columns"],
  "ignore-unlabelled": trainOptions["ignore-unlabelled"],
  split: {
    ...trainOptions.split,
    describe:
      "as for train: the test part is held out of all folds, the others are cut into folds (default 0.7,0.15,0.15)",
  },
  "split-file": trainOptions["split-file"],
  cache: trainOptions.cache,
  json: trainOptions.json,
  adapter: trainOptions.adapter,
  software: trainOptions.software,
} as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("data", { type: "string", demandOption: true, describe: "a folder of images and labels" })
    .options(cvOptions)
    .conflicts("split", "split-file");

type Given = ArgumentsCamelCase<InferredOptionTypes<typeof cvOptions> & { data: string }>;

/** What was given on the command line; what was not is absent. */
export type CvOptions = Partial<Given> & Pick<Given, "data" | "out" | "json">;

/** @throws UsageError if an option is both varied and given. */
export function requireNotBoth(options: CvOptions): void {
  for (const { option, values } of options.vary ?? []) {
    const given = isVariable(option) ? options[option] : undefined;
    if (given === undefined) continue;
    throw new UsageError(
      `--${option}: expected it in --vary or on its own, got ${typeof given === "object" ? given.name : given} beside --vary ${option}=${values.join(",")}`,
    );
  }
}
