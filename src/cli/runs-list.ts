/** `cellgrad runs list`: the runs in a folder, a row each. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { DataError } from "../errors.ts";
import { CvFolder } from "./cv-folder.ts";
import { choice, jsonOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { RunFolder } from "./run-folder.ts";
import { readRun, type RunRecord } from "./run-record.ts";
import { showScore } from "./show-value.ts";
import { typed } from "./typed.ts";

const orders = ["name", "loss", "date"] as const;
type Order = (typeof orders)[number];

export const builder = (yargs: Argv) =>
  yargs.positional("dir", { type: "string", default: "runs", describe: "a folder of runs" }).options({
    sort: choice("sort", orders, {
      default: "name",
      describe: "by name; by best validation loss, the lowest first; or by date, the newest first",
    }),
    ...jsonOption,
  });

interface Options {
  readonly dir: string;
  readonly sort: Order;
  readonly json: boolean;
}

interface Listing {
  readonly runs: RunRecord[];
  readonly broken: { readonly run: string; readonly reason: string }[];
}

export async function handler({ dir, sort, json }: ArgumentsCamelCase<Options>): Promise<void> {
  const { runs, broken } = await readRuns(dir);
  runs.sort(comparators[sort]);
  if (json) printJson({ runs: runs.map(summary), broken });
  else if (runs.length > 0 || broken.length > 0) printListing({ runs, broken });
  else print(`${dir}: no runs; ${await adviceFor(dir)}`);
}

/** The runs in a folder by name; what is no run is left out, and what cannot be read is listed with the reason. */
async function readRuns(dir: string): Promise<Listing> {
  const listing: Listing = { runs: [], broken: [] };
  for (const name of await namesIn(dir)) {
    const run = join(dir, name);
    if (name.startsWith(".") || !RunFolder.isRun(run)) continue;
    try {
      listing.runs.push(await readRun(RunFolder.open(run)));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      listing.broken.push({ run, reason: error.message });
    }
  }
  return listing;
}

/** @throws DataError with the cure if there is no such folder, or if it is itself a run. */
async function namesIn(dir: string): Promise<string[]> {
  const contract = `${dir}: expected a folder of runs`;
  if (RunFolder.isRun(dir)) throw new DataError(`${contract}, got a run. See it with cellgrad runs show ${dir}`);
  const names = await readdir(dir).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    const got = code === "ENOENT" ? "nothing of that name" : code === "ENOTDIR" ? "a file" : String(code);
    throw new DataError(`${contract}, got ${got}. Name one: cellgrad runs list DIR`, { cause });
  });
  return (names.includes("cv.json") ? await foldsIn(dir, names) : names).sort(byName);
}

/** In a cross-validation's folder runs stand one level deeper: variant/fold1. */
async function foldsIn(dir: string, variants: readonly string[]): Promise<string[]> {
  const folds = variants.map(async (variant) => {
    const names = await readdir(join(dir, variant)).catch(() => []); // a file
    return names.filter((name) => !name.startsWith(".")).map((name) => join(variant, name));
  });
  return (await Promise.all(folds)).flat();
}

/** How a folder without runs comes by some. @throws DataError if a cross-validation's `cv.json` cannot be read. */
async function adviceFor(dir: string): Promise<string> {
  const cv = [dir, ...(await namesIn(dir)).map((name) => join(dir, name))].find((path) => CvFolder.isCv(path));
  if (cv === undefined) return `cellgrad train DATA --out ${join(dir, "NAME")} makes one`;
  if ((await readRuns(cv)).runs.length > 0) return `those of a cross-validation: ${typed(["runs", "list", cv])}`;
  const { config } = await CvFolder.open(cv).readPlan();
  return `a cross-validation was begun; go on with: ${typed(["cv", config.data], { out: cv, resume: true })}`;
}

const { compare: byName } = new Intl.Collator("en", { numeric: true });
const lossOf = ({ best }: RunRecord): number => best?.val.loss ?? Number.MAX_VALUE;

/** Array.sort keeps the order by name where these give 0. */
const comparators: Readonly<Record<Order, (a: RunRecord, b: RunRecord) => number>> = {
  name: () => 0,
  loss: (a, b) => lossOf(a) - lossOf(b),
  date: (a, b) => Date.parse(b.date) - Date.parse(a.date),
};

const summary = ({ run, config, epochs, best, date, finished }: RunRecord) => ({
  run,
  preset: config.preset.name,
  data: config.data,
  epochs,
  best: best && { epoch: best.epoch, valLoss: best.val.loss, r2: best.val.r2 },
  adapter: config.adapter.name,
  date,
  finished,
});

function printListing({ runs, broken }: Listing): void {
  if (runs.length > 0) {
    printTable([
      ["run", "preset", "data", "epochs", "best val loss", "R2", "adapter", "date, UTC"],
      ...runs
        .map(summary)
        .map(({ run, preset, data, epochs, best, adapter, date }) => [
          run,
          preset,
          data,
          `${epochs.done}/${epochs.planned}`,
          showScore(best?.valLoss),
          best?.r2?.toFixed(4) ?? "-",
          adapter,
          date.slice(0, 16).replace("T", " "),
        ]),
    ]);
  }
  for (const { reason } of broken) print(`broken: ${reason}`);
}
