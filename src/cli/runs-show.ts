/** `cellgrad runs show`: what decided a run's result, how it trained, how it scores, and its files. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { scoredParts } from "../data/split.ts";
import { showRate } from "../nn/callbacks/callbacks.ts";
import { flatten } from "../nn/differences.ts";
import type { HistoryRow } from "../nn/history.ts";
import type { RunMetrics } from "../nn/run-metrics.ts";
import { jsonOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { RunFolder } from "./run-folder.ts";
import { readRun, type RunRecord } from "./run-record.ts";
import { showScore, showValue } from "./show-value.ts";

export const builder = (yargs: Argv) =>
  yargs.positional("run", { type: "string", demandOption: true, describe: "a run's folder" }).options(jsonOption);

interface Options {
  readonly run: string;
  readonly json: boolean;
}

type Files = Awaited<ReturnType<RunFolder["files"]>>;

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run, "See those that there are with cellgrad runs list DIR");
  const record = await readRun(folder);
  const names = await folder.readSplitNames();
  const counts = scoredParts.flatMap((part) => (names?.[part] ? [[part, names[part].length] as const] : []));
  const split = names && Object.fromEntries(counts);
  const metrics = await folder.readMetrics();
  const files = await folder.files();
  if (options.json) {
    printJson({ ...record, split, metrics, files });
    return;
  }
  printConfig(record);
  if (split) print(`\nsplit: ${counts.map(([part, count]) => `${count} ${part}`).join(", ")}`);
  printEpochs(record);
  printScores(metrics);
  printFiles(files);
}

function printConfig({ run, config, epochs, finished, date }: RunRecord): void {
  const state = finished ? "finished" : "not finished";
  print(`${run}: ${epochs.done} of ${epochs.planned} epochs, ${state}, begun or resumed ${date}\n`);
  printTable(flatten(config).map(([key, value]) => [key, showValue(value)]));
}

function printEpochs({ best, last }: RunRecord): void {
  print("");
  if (!last) {
    print("no epoch was finished");
    return;
  }
  const cells = (name: string, { epoch, loss, r2, val, learningRate }: HistoryRow) => [
    name,
    String(epoch),
    ...[loss, r2, val?.loss, val?.r2].map(showScore),
    showRate(learningRate),
  ];
  printTable([
    ["", "epoch", "loss", "R2", "val loss", "val R2", "learning rate"],
    ...(best ? [cells("best", best)] : []),
    cells("last", last),
  ]);
}

function printScores(metrics: RunMetrics | null): void {
  if (!metrics) return;
  print("");
  printTable([
    ["best weights on", "images", "MSE", "MAE", "RMSE", "MAPE %", "R2"],
    ...scoredParts.flatMap((part) => {
      const scores = metrics[part];
      if (!scores) return [];
      const { n, mse, mae, rmse, mape, r2 } = scores;
      return [[part, String(n), ...[mse, mae, rmse, mape, r2].map(showScore)]];
    }),
  ]);
}

function printFiles(files: Files): void {
  print("");
  printTable([["file", "bytes"], ...files.map(({ name, bytes }) => [name, bytes.toLocaleString("en")])]);
}
