/** `cellgrad preset show`: all that a preset says. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { flatten } from "../nn/differences.ts";
import { presetNames, presetOf } from "../nn/preset.ts";
import { jsonOption } from "./options.ts";
import { printJson, printTable } from "./output.ts";
import { showValue } from "./show-value.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("name", { type: "string", demandOption: true, describe: `one of ${presetNames.join(", ")}` })
    .options(jsonOption);

interface Options {
  readonly name: string;
  readonly json: boolean;
}

export function handler({ name, json }: ArgumentsCamelCase<Options>): Promise<void> {
  const preset = presetOf(name);
  if (json) printJson(preset);
  else printTable(flatten(preset).map(([key, value]) => [key, showValue(value)]));
  return Promise.resolve();
}
