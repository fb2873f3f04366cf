/** `cellgrad reproduce`: data, training, evaluation and report of one of the thesis's experiments. Calls the other commands. */
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { DataError, UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { type Comparison, compareWithThesis } from "../report/reproduction.ts";
import * as make from "./data-make.ts";
import * as evaluate from "./evaluate.ts";
import { whileLocked } from "./folder-lock.ts";
import { adapterOptions, jsonOption, positiveInteger, seedOption, text } from "./options.ts";
import { asProgress, note, print, printJson, printTable } from "./output.ts";
import * as report from "./report.ts";
import { openPlan, type ReproductionPlan, writeReproduction } from "./reproduce-plan.ts";
import { RunFolder } from "./run-folder.ts";
import { type Stage, walk } from "./stages.ts";
import * as train from "./train.ts";
import { typed } from "./typed.ts";

const experiments = ["thesis-code", "thesis-table", "rnet"] as const;

export const builder = (yargs: Argv) =>
  yargs
    .positional("experiment", { choices: experiments, demandOption: true, describe: "the preset to train" })
    .options({
      quick: { type: "boolean", default: false, describe: "little of everything, for an adapter that runs on the CPU" },
      images: positiveInteger("images", { describe: "images to make (default: 5000, as the thesis; quick: 800)" }),
      epochs: positiveInteger("epochs", { describe: "passes over the training images (default: 200; quick: 20)" }),
      seeds: positiveInteger("seeds", { default: 1, describe: "trainings that differ in their seed, for z-scores" }),
      out: text("out", { describe: "the folder of everything (default: runs/reproduce-EXPERIMENT, or …-quick)" }),
      ...seedOption,
      ...adapterOptions,
      ...jsonOption,
    });

interface Options extends AdapterRequest {
  readonly experiment: (typeof experiments)[number];
  readonly quick: boolean;
  readonly images?: number | undefined;
  readonly epochs?: number | undefined;
  readonly seeds: number;
  readonly seed: number;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** Images of the thesis are 512 x 512, and are resized to 128 x 128 to train. */
const full = { images: 5000, imageSize: 512, size: 128, epochs: 200, batch: 32, learningRate: null };
/**
 * With which R-Net learns within ten minutes on two cores, the slowest adapter included: small batches give steps enough,
 * and the schedule of `rnet` bears a larger rate to begin with. The thesis's presets keep theirs.
 */
const quick = { images: 800, imageSize: 64, size: 64, epochs: 20, batch: 8, learningRate: 0.003 };

/** The thesis's presets train at the thesis's rate, whatever the budget. */
const budgetOf = (experiment: string, isQuick: boolean) => ({
  ...(isQuick ? quick : full),
  ...(experiment !== "rnet" && { learningRate: null }),
});

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { experiment, seeds, seed, json } = options;
  const out = options.out ?? join("runs", `reproduce-${experiment}${options.quick ? "-quick" : ""}`);
  const budget = budgetOf(experiment, options.quick);
  const { images = budget.images, epochs = budget.epochs } = options;
  requireParts(images, budget.batch);
  const plan = { experiment, ...budget, images, epochs, seed, seeds };
  await openPlan(out, plan);
  const complete = await whileLocked(out, () => asProgress(() => walk(stagesOf(out, plan, options))));
  if (!complete) {
    note("stopped; the same command goes on");
    return;
  }
  const runs = await Promise.all(runsOf(out, plan).map(({ run }) => testScores(run)));
  const comparison = compareWithThesis(runs);
  const result = { ...plan, adapter: runs[0]?.adapter ?? "", test: runs[0]?.n ?? 0, comparison, report: reportOf(out) };
  await writeReproduction(out, plan, result);
  if (json) printJson(result);
  else show(out, comparison);
}

/** Of the default split: a batch that trains, and images that validate and test. */
function requireParts(images: number, batch: number): void {
  const least = Math.ceil(batch / 0.7) + 1;
  if (images >= least) return;
  throw new UsageError(`--images: expected at least ${least}, of which 70 % are a batch of ${batch}, got ${images}`);
}

const dataOf = (out: string): string => join(out, "data");
const reportOf = (out: string): string => join(out, "report.html");

/** A run for each seed. */
const runsOf = (out: string, { seed, seeds }: ReproductionPlan) =>
  Array.from({ length: seeds }, (_, i) => ({ seed: seed + i, run: join(out, `seed${seed + i}`) }));

function stagesOf(out: string, plan: ReproductionPlan, options: ArgumentsCamelCase<Options>): Stage[] {
  const { adapter, software = false, $0, _ } = options;
  const asked = { adapter, software };
  const shared = { $0, _, ...asked, json: false };
  const data = dataOf(out);
  const made = { preset: "thesis", count: plan.images, size: plan.imageSize, seed: plan.seed };
  const runs = runsOf(out, plan);
  const first = runs[0]?.run ?? "";
  const figures = join(out, "figures");
  return [
    {
      title: `make ${plan.images} images`,
      command: typed(["data", "make", data], { ...made, ...asked }),
      isDone: () => isWhole(data, plan.images),
      run: async () => {
        await rm(data, { recursive: true, force: true }); // what an interruption left
        await make.handler({ ...shared, ...made, out: data });
      },
    },
    ...runs.map(({ seed, run }) => trainingStage(run, data, seed, plan, { shared, asked })),
    {
      title: "evaluate",
      command: typed(["evaluate", first], asked),
      run: () => evaluate.handler({ ...shared, run: first, data: undefined, split: undefined }),
    },
    {
      title: "report",
      command: typed(["report", first], { out: reportOf(out), figures, ...asked }),
      run: () => report.handler({ ...shared, run: first, out: reportOf(out), figures, data: undefined, device: true }),
    },
  ];
}

/** Whether a data set was made to its end, and nothing of it is gone. */
function isWhole(data: string, images: number): boolean {
  if (!existsSync(join(data, "labels.csv"))) return false;
  return readdirSync(data).filter((name) => /^img\d+\.png$/.test(name)).length === images;
}

interface Adapter {
  readonly adapter: string | undefined;
  readonly software: boolean;
}

interface Request {
  readonly shared: { readonly $0: string; readonly _: (string | number)[]; readonly json: boolean } & Adapter;
  readonly asked: Adapter;
}

function trainingStage(
  out: string,
  data: string,
  seed: number,
  { experiment, size, epochs, batch, learningRate }: ReproductionPlan,
  { shared, asked }: Request,
): Stage {
  const resume = RunFolder.canResume(out);
  const rate = learningRate === null ? {} : { lr: learningRate };
  const trained = { preset: experiment, size, epochs, batch, ...rate, seed, out, ...(resume && { resume }) };
  return {
    title: `train with seed ${seed}`,
    command: typed(["train", data], { ...trained, ...asked }),
    isDone: () => RunFolder.isRun(out) && RunFolder.open(out).isFinished,
    run: async () => {
      if (!resume) await RunFolder.clear(out);
      await train.handler({ ...shared, ...trained, data });
    },
  };
}

async function testScores(run: string) {
  const folder = RunFolder.open(run);
  const [metrics, config] = [await folder.readMetrics(), await folder.readConfig()];
  if (!metrics?.test) {
    throw new DataError(`${run}: expected scores of a test part in metrics.json, got none. Remove the run to redo it.`);
  }
  return { ...metrics.test, adapter: config.adapter.name };
}

const names = { mse: "MSE", mae: "MAE", rmse: "RMSE", mape: "MAPE %", r2: "R2" } as const;

function show(out: string, comparison: readonly Comparison[]): void {
  const several = comparison.some(({ deviation }) => deviation !== null);
  print(several ? "test, means over the seeds" : "test");
  printTable([
    ["metric", "ours", ...(several ? ["deviation"] : []), "thesis", ...(several ? ["z"] : [])],
    ...comparison.map(({ metric, mean, deviation, thesis, z }) => [
      names[metric],
      mean.toPrecision(4),
      ...(several ? [deviation?.toPrecision(3) ?? ""] : []),
      thesis.toPrecision(4),
      ...(several ? [z?.toFixed(2) ?? ""] : []),
    ]),
  ]);
  note("other images than the thesis's, made by cellgrad; RMSE and R2 are means over batches, as the thesis has them");
  print(`\nreport: ${reportOf(out)}`);
}
