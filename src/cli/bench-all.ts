/** `cellgrad bench all`: everything that a machine should be asked once, in one command, with one document of results. */
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { CellgradError, UsageError } from "../errors.ts";
import { fewestRepetitions } from "../gpu/timing.ts";
import { kernelOps } from "./bench-kernels.ts";
import { presetOption } from "./bench-options.ts";
import { whileLocked } from "./folder-lock.ts";
import { untilInterrupted } from "./interrupt.ts";
import { adapterOptions, integer, jsonOption, number, positiveInteger, text } from "./options.ts";
import { note, printJson, printTable } from "./output.ts";
import { headlineOf } from "./protocol-headline.ts";
import { type PartName, partNames, protocol, type ProtocolOptions } from "./protocol-plan.ts";
import { merged, readResults, writeResults } from "./protocol-results.ts";
import { type Outcome, runCommands } from "./protocol-run.ts";

export const builder = (yargs: Argv) =>
  yargs.options({
    out: text("out", { demandOption: true, describe: "the folder of the results; what it has of other parts stays" }),
    minutes: number(
      "minutes",
      { default: 20, describe: "end after so many; what is not begun by then is left out" },
      0.1,
    ),
    only: text("only", { describe: `only these parts: ${partNames.join()} (default: all)` }),
    ...presetOption,
    batch: positiveInteger("batch", { describe: "images a step (default: each command's own)" }),
    size: positiveInteger("size", { describe: "height and width of the images (default: each command's own)" }),
    images: positiveInteger("images", { default: 3500, describe: "images to make and to train on" }),
    epochs: positiveInteger("epochs", { default: 200, describe: "passes of the training" }),
    repetitions: integer("repetitions", { describe: "how often everything is timed" }, fewestRepetitions),
    ...jsonOption,
    ...adapterOptions,
  });

type Chosen = Pick<ProtocolOptions, "out" | "preset" | "batch" | "size" | "images" | "epochs" | "repetitions">;

interface Options extends Chosen {
  readonly minutes: number;
  readonly only: string | undefined;
  readonly json: boolean;
  readonly adapter?: string | undefined;
  readonly software?: boolean | undefined;
}

/** @throws CellgradError if a command was not done; the results have all the others. */
export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const parts = readParts(options.only);
  const out = resolve(options.out);
  const outcomes = await whileLocked(out, () => measure(out, parts, options));
  const results = await readResults(out);
  if (options.json) printJson(results);
  else show(outcomes);
  note(`\nresults: ${join(out, "results.json")}; all that was said: ${join(out, "log.txt")}`);
  if (outcomes.some(({ status }) => status === "interrupted")) process.exitCode = 130;
  else requireDone(outcomes);
}

/** @throws UsageError for a name that is no part. */
export function readParts(list: string | undefined): PartName[] {
  const asked = list?.split(",").map((name) => name.trim()) ?? partNames;
  return asked.map((name) => {
    const part = partNames.find((own) => own === name);
    if (part === undefined) {
      throw new UsageError(`--only: expected ${partNames.join(", ")}, separated by commas, got "${name}"`);
    }
    return part;
  });
}

async function measure(out: string, parts: readonly PartName[], options: Options): Promise<readonly Outcome[]> {
  const before = (await readResults(out))?.outcomes ?? [];
  const scratch = await mkdtemp(join(tmpdir(), "cellgrad-bench-"));
  const log = join(out, "log.txt");
  await appendFile(log, `${new Date().toISOString()}  cellgrad ${process.argv.slice(2).join(" ")}\n`);
  const { preset, batch, size, images, epochs, repetitions, adapter, software = false } = options;
  const asked = { preset, batch, size, images, epochs, repetitions, adapter, software };
  const commands = protocol({ ...asked, out, scratch, ops: kernelOps() }, parts);
  const done: Outcome[] = [];
  try {
    await untilInterrupted((signal) =>
      runCommands(commands, {
        script: process.argv[1] ?? "",
        // A tuning of this call alone: without what was measured before, and without touching it.
        env: { ...process.env, XDG_CACHE_HOME: join(scratch, "cache") },
        log,
        deadline: performance.now() + options.minutes * 60_000,
        signal,
        onOutcome: (outcome) => {
          done.push(outcome);
          return writeResults(out, merged(before, done));
        },
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return done;
}

function show(outcomes: readonly Outcome[]): void {
  printTable([
    ["command", "status", "s", "measured"],
    ...outcomes.map(({ name, status, seconds, reason, result }) => [
      ...[name, status, seconds.toFixed(1)],
      [reason === null ? "" : shortened(reason), headlineOf(result)].filter((line) => line !== "").join("; "),
    ]),
  ]);
}

/** For a table; results.json has all of it. */
const shortened = (line: string): string => (line.length <= 120 ? line : `${line.slice(0, 119)}…`);

function requireDone(outcomes: readonly Outcome[]): void {
  const others = outcomes.filter(({ status }) => status !== "done");
  if (others.length === 0) return;
  const names = others.map(({ name, status }) => `${name} (${status})`).join(", ");
  throw new CellgradError(`bench all: expected every command to be done, got ${others.length} that are not: ${names}`);
}
