/** `cellgrad preset diff`: what differs between two presets, and where the thesis says two things, why. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { type Contradiction, contradictionsBetween } from "../nn/contradictions.ts";
import { type Difference, differences } from "../nn/differences.ts";
import { presetNames, presetOf } from "../nn/preset.ts";
import { jsonOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { showValue } from "./show-value.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("a", { type: "string", demandOption: true, describe: `one of ${presetNames.join(", ")}` })
    .positional("b", { type: "string", demandOption: true, describe: "another" })
    .options(jsonOption);

interface Options {
  readonly a: string;
  readonly b: string;
  readonly json: boolean;
}

/** They name a preset and its parts, or say why; other keys say what it does. */
const labels = /^(name|description|augment\.name|accepts(\..*)?)$/;

export function handler({ a, b, json }: ArgumentsCamelCase<Options>): Promise<void> {
  const [presetA, presetB] = [presetOf(a), presetOf(b)];
  const found = differences(presetA, presetB).filter(({ key }) => !labels.test(key));
  const reasons = contradictionsBetween(presetA, presetB, found);
  if (json) printJson({ a, b, differences: found, contradictions: reasons });
  else printDiff({ a, b }, found, reasons);
  return Promise.resolve();
}

function printDiff(
  { a, b }: Pick<Options, "a" | "b">,
  found: readonly Difference[],
  reasons: readonly Contradiction[],
): void {
  if (found.length === 0) {
    print(`${a} and ${b}: the same`);
    return;
  }
  printTable([["key", a, b], ...found.map((own) => [own.key, showValue(own.a), showValue(own.b)])]);
  if (reasons.length > 0) print("\nwhere the thesis says two things:");
  for (const { keys, places, settled } of reasons) {
    print(`  ${keys.join(", ")}\n    ${places.join("\n    ")}\n    here: ${settled}`);
  }
}
