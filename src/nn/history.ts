/**
 * A run's history, one row an epoch, as the text of `history.jsonl` and `history.csv`. Pure strings: who writes them to
 * files is another matter.
 */
import { DataError } from "../errors.ts";
import type { BatchMeans, Scores } from "./metrics.ts";

/** Loss and metrics of one pass over a split. */
export interface EpochScores extends Scores {
  readonly loss: number;
  readonly keras: BatchMeans;
}

/**
 * One epoch: the training scores, taken while weights moved, with dropout and augmentation; the validation scores where
 * there was a validation; and what it took.
 */
export interface HistoryRow extends EpochScores {
  readonly epoch: number;
  /** Optimizer steps since the run began. */
  readonly step: number;
  readonly val: EpochScores | null;
  /** Of training images as a validation scores them, after the epoch; null where that was left out. */
  readonly trainEvaluated: EpochScores | null;
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

const counters = ["epoch", "step"] as const;
const losses = ["loss", "mse", "mae", "rmse", "mape"] as const;
const measures = ["learningRate", "seconds", "imagesPerSecond"] as const;

/** How a column gets its value: undefined or null where the row has none, such as `val.loss` without validation. */
type Column = readonly [name: string, value: (row: HistoryRow) => number | null | undefined];

const scoreColumns = (prefix: string, scoresOf: (row: HistoryRow) => EpochScores | null): Column[] => [
  ...losses.map((name): Column => [`${prefix}${name}`, (row) => scoresOf(row)?.[name]]),
  [`${prefix}r2`, (row) => scoresOf(row)?.r2],
  [`${prefix}keras.rmse`, (row) => scoresOf(row)?.keras.rmse],
  [`${prefix}keras.r2`, (row) => scoresOf(row)?.keras.r2],
];

const columns: readonly Column[] = [
  ...counters.map((name): Column => [name, (row) => row[name]]),
  ...scoreColumns("", (row) => row),
  ...scoreColumns("val.", (row) => row.val),
  ...scoreColumns("trainEvaluated.", (row) => row.trainEvaluated),
  ...measures.map((name): Column => [name, (row) => row[name]]),
];

/**
 * The text of `history.csv`: a header and a line an epoch. A column's name is the path in the JSON row (`val.keras.r2`),
 * as pandas's `json_normalize` names it; a cell is empty where the row has null.
 *
 * @throws DataError if a number is not finite.
 */
export function historyCsv(rows: readonly HistoryRow[]): string {
  const lines = rows.map((row) => {
    requireRow(row, `history, epoch ${row.epoch}`);
    return columns.map(([, value]) => value(row) ?? "").join(",");
  });
  return [columns.map(([name]) => name).join(","), ...lines, ""].join("\n");
}

/**
 * One line of `history.jsonl`, with its line break.
 *
 * @throws DataError if a number is not finite: JSON has no NaN, and null would read as "not defined".
 */
export function historyLine(row: HistoryRow): string {
  requireRow(row, `history, epoch ${row.epoch}`);
  return `${JSON.stringify(row)}\n`;
}

/**
 * The rows of a `history.jsonl`.
 *
 * @param file names the file in messages.
 * @throws DataError that names the first line that is not a row.
 */
export function parseHistory(text: string, file: string): HistoryRow[] {
  if (text === "") return [];
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  return lines.map((line, index) => {
    const where = `${file}, line ${index + 1}`;
    const row = withEvaluation(parseLine(line, where));
    requireRow(row, where);
    return row;
  });
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new DataError(`${where}: expected a row of JSON, got ${JSON.stringify(line.slice(0, 60))}`);
  }
}

/** Rows from before training images were scored in evaluation mode have no such scores. */
const withEvaluation = (row: unknown): unknown =>
  typeof row === "object" && row !== null && !Array.isArray(row) ? { trainEvaluated: null, ...row } : row;

function requireRow(value: unknown, where: string): asserts value is HistoryRow {
  const row = requireObject(value, where);
  for (const name of counters) {
    const count = row[name];
    if (!Number.isSafeInteger(count) || Number(count) < 0) {
      throw new DataError(`${where}: expected a count for ${name}, got ${show(count)}`);
    }
  }
  for (const name of measures) requireNumber(row, name, where);
  requireScores(row, where);
  for (const name of ["val", "trainEvaluated"]) {
    const inner = `${where}, ${name}`;
    if (row[name] !== null) requireScores(requireObject(row[name], inner), inner);
  }
}

function requireScores(row: Record<string, unknown>, where: string): void {
  for (const name of losses) requireNumber(row, name, where);
  if (row["r2"] !== null) requireNumber(row, "r2", where);
  const keras = requireObject(row["keras"], `${where}, keras`);
  for (const name of ["rmse", "r2"]) requireNumber(keras, name, `${where}, keras`);
}

function requireObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DataError(`${where}: expected an object, got ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

function requireNumber(row: Record<string, unknown>, name: string, where: string): void {
  if (!Number.isFinite(row[name])) throw new DataError(`${where}: expected a finite ${name}, got ${show(row[name])}`);
}

/** Numbers as they are, since JSON would print NaN as null. */
const show = (value: unknown): string =>
  typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
