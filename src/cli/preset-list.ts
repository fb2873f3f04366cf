/** `cellgrad preset list`: the presets' names, and what each is. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { presetNames, presetOf } from "../nn/preset.ts";
import { jsonOption } from "./options.ts";
import { printJson, printTable } from "./output.ts";

export const builder = (yargs: Argv) => yargs.options(jsonOption);

export function handler({ json }: ArgumentsCamelCase<{ json: boolean }>): Promise<void> {
  const presets = presetNames.map(presetOf).map(({ name, description }) => ({ name, description }));
  if (json) printJson(presets);
  else printTable([["preset", "what it is"], ...presets.map(({ name, description }) => [name, description])]);
  return Promise.resolve();
}
