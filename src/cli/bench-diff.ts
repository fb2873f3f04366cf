/** `cellgrad bench diff`: two saved results, and which of their differences are more than noise. */
import { readFile } from "node:fs/promises";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { type Diff, diffResults, parseResult } from "../../bench/diff.ts";
import { UsageError } from "../errors.ts";
import { cellsOf, figure } from "./bench-run.ts";
import { jsonOption } from "./options.ts";
import { note, print, printJson, printTable } from "./output.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("before", { type: "string", demandOption: true, describe: "a result that --out saved" })
    .positional("after", { type: "string", demandOption: true, describe: "another, of the same subcommand" })
    .options(jsonOption);

interface Options {
  readonly before: string;
  readonly after: string;
  readonly json: boolean;
}

export async function handler({ before, after, json }: ArgumentsCamelCase<Options>): Promise<void> {
  const diff = diffResults(await read(before), await read(after));
  if (diff.warning !== null) note(`warning: ${diff.warning}`);
  if (json) printJson({ kind: "diff", before, after, ...diff });
  else printDiff(diff);
}

async function read(path: string) {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`${path}: expected a file that can be read, got none`, { cause });
  });
  return parseResult(path, text);
}

function printDiff({ rows, onlyBefore, onlyAfter }: Diff): void {
  printTable([
    ["row", "before, ms", "after, ms", "after / before", "95% interval", "verdict"],
    ...rows.map((row) => [row.name, figure(row.before), figure(row.after), ...cellsOf(row.ratio), row.verdict]),
  ]);
  for (const name of onlyBefore) print(`only before: ${name}`);
  for (const name of onlyAfter) print(`only after: ${name}`);
}
