/** `cellgrad runs diff`: what differs between two runs in configuration and split, and what came of it. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { SplitNames } from "../data/split-file.ts";
import { scoredParts } from "../data/split.ts";
import { type Difference, differences } from "../nn/differences.ts";
import type { RunMetrics } from "../nn/run-metrics.ts";
import { jsonOption } from "./options.ts";
import { print, printJson, printTable } from "./output.ts";
import { RunFolder } from "./run-folder.ts";
import { readRun, type RunRecord } from "./run-record.ts";
import { showScore, showValue } from "./show-value.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("a", { type: "string", demandOption: true, describe: "a run's folder" })
    .positional("b", { type: "string", demandOption: true, describe: "another" })
    .options(jsonOption);

interface Options {
  readonly a: string;
  readonly b: string;
  readonly json: boolean;
}

interface Side {
  readonly record: RunRecord;
  readonly split: SplitNames | null;
  readonly metrics: RunMetrics | null;
}

export async function handler({ a, b, json }: ArgumentsCamelCase<Options>): Promise<void> {
  const [sideA, sideB] = [await read(a), await read(b)];
  const config = differences(sideA.record.config, sideB.record.config).filter(
    ({ key }) => key !== "preset.description", // it repeats in words what other keys say
  );
  const split = sideA.split && sideB.split && partDifferences(sideA.split, sideB.split);
  const scores = scoreDifferences(sideA, sideB);
  if (json) printJson({ a, b, config, split, scores });
  else {
    printConfig({ a, b }, config);
    printSplit({ a, b }, split);
    printScores({ a, b }, scores);
  }
}

async function read(path: string): Promise<Side> {
  const folder = RunFolder.open(path, "See those that there are with cellgrad runs list DIR");
  return {
    record: await readRun(folder),
    split: await folder.readSplitNames(),
    metrics: await folder.readMetrics(),
  };
}

interface PartDifference {
  readonly part: (typeof scoredParts)[number];
  /** Images of each run, and those of both. */
  readonly a: number;
  readonly b: number;
  readonly shared: number;
}

/** The parts that do not hold the same images in both. */
function partDifferences(a: SplitNames, b: SplitNames): PartDifference[] {
  return scoredParts
    .map((part) => {
      const ofB = new Set(b[part] ?? []);
      const ofA = a[part] ?? [];
      return { part, a: ofA.length, b: ofB.size, shared: ofA.filter((name) => ofB.has(name)).length };
    })
    .filter((own) => own.shared < Math.max(own.a, own.b));
}

interface ScoreDifference {
  readonly score: string;
  readonly a: number | null;
  readonly b: number | null;
  /** b − a, where both have it. */
  readonly difference: number | null;
}

/** Scores by name, of the best epoch, the last one, and the parts of the split; undefined or null where there is none. */
const scoresOf = ({ record: { best, last }, metrics }: Side): [string, number | null | undefined][] => [
  ["best epoch", best?.epoch],
  ["best val loss", best?.val.loss],
  ["best val R2", best?.val.r2],
  ["last epoch", last?.epoch],
  ["last loss", last?.loss],
  ["last val loss", last?.val?.loss],
  ["last val R2", last?.val?.r2],
  ...scoredParts.flatMap((part): [string, number | null | undefined][] => [
    [`${part} MSE`, metrics?.[part]?.mse],
    [`${part} MAE`, metrics?.[part]?.mae],
    [`${part} R2`, metrics?.[part]?.r2],
  ]),
];

/** The scores that one of the runs has. */
function scoreDifferences(sideA: Side, sideB: Side): ScoreDifference[] {
  const ofB = new Map(scoresOf(sideB));
  return scoresOf(sideA)
    .map(([score, given]) => {
      const [a, b] = [given ?? null, ofB.get(score) ?? null];
      return { score, a, b, difference: a === null || b === null ? null : b - a };
    })
    .filter(({ a, b }) => a !== null || b !== null);
}

type Names = Pick<Options, "a" | "b">;

function printConfig({ a, b }: Names, config: readonly Difference[]): void {
  if (config.length === 0) print("configuration: the same");
  else printTable([["configuration", a, b], ...config.map((own) => [own.key, showValue(own.a), showValue(own.b)])]);
}

function printSplit({ a, b }: Names, split: readonly PartDifference[] | null): void {
  print("");
  if (!split) print("split: not written yet in both");
  else if (split.length === 0) print("split: the same images in every part");
  else {
    const rows = split.map((own) => [own.part, String(own.a), String(own.b), String(own.shared)]);
    printTable([["split, images", a, b, "in both"], ...rows]);
  }
}

function printScores({ a, b }: Names, scores: readonly ScoreDifference[]): void {
  print("");
  if (scores.length === 0) {
    print("scores: none yet");
    return;
  }
  const cell = (score: string) => (score.endsWith("epoch") ? showValue : showScore);
  printTable([
    ["score", a, b, "difference"],
    ...scores.map((own) => [
      own.score,
      ...[own.a, own.b, own.difference].map((value) => (value === null ? "-" : cell(own.score)(value))),
    ]),
  ]);
}
