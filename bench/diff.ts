/** `bench diff`: two results of one kind, row by row, and no noise called a change. */
import { z } from "zod";
import { UsageError } from "../src/errors.ts";
import { type Estimate, estimateRatio, median } from "../src/gpu/statistics.ts";
import { fewestRepetitions } from "../src/gpu/timing.ts";
import { driftWarning, timedKinds } from "./document.ts";

const timedRow = z.looseObject({ name: z.string(), repetitions: z.array(z.number().positive()) });

/** What a result must have to be compared. */
const timedDocument = z.looseObject({
  kind: z.enum(timedKinds),
  adapter: z.looseObject({ name: z.string() }),
  ceilings: z.looseObject({ fmaGflops: z.number().positive() }),
  fmaGflopsAfter: z.number().positive(),
  rows: z.array(timedRow),
});

export type ComparableDocument = z.infer<typeof timedDocument>;

export type Verdict = "faster" | "slower" | "no change";

export interface DiffRow {
  readonly name: string;
  /** Median milliseconds. */
  readonly before: number;
  readonly after: number;
  /** after / before, with its 95 % interval. */
  readonly ratio: Estimate;
  readonly verdict: Verdict;
}

export interface Diff {
  readonly rows: readonly DiffRow[];
  /** Names of rows that the other result does not have. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** Why the verdicts may be the machine's and not the code's, or null. */
  readonly warning: string | null;
}

/** Changes that are no larger are not worth a word, however sure. */
const smallestEffect = 0.02;

/** Reads a result. @param where the file's name. @throws UsageError if it is none that can be compared. */
export function parseResult(where: string, text: string): ComparableDocument {
  const parsed = timedDocument.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new UsageError(
      `${where}: expected the JSON document of bench ${timedKinds.join(", ")}, got ${describe(parsed.error)}. ` +
        "Save one with --out.",
    );
  }
  const few = parsed.data.rows.find(({ repetitions }) => repetitions.length < fewestRepetitions);
  if (few) {
    throw new UsageError(
      `${where}: expected at least ${fewestRepetitions} repetitions of each row, got ${few.repetitions.length} of ` +
        `${few.name}. Measure it again with --repetitions ${fewestRepetitions} or more.`,
    );
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe({ issues: [issue] }: z.ZodError): string {
  return issue ? `${issue.message} at ${issue.path.join(".") || "the top"}` : "another";
}

/** Compares two results. @throws UsageError if they are of different kinds or adapters. */
export function diffResults(before: ComparableDocument, after: ComparableDocument): Diff {
  mustAgree("kind", before.kind, after.kind, "Compare results of the same subcommand.");
  mustAgree("adapter", before.adapter.name, after.adapter.name, "Measure both on one adapter; --adapter chooses it.");
  const rows = before.rows.flatMap(({ name, repetitions }) => {
    const other = after.rows.find((row) => row.name === name);
    return other ? [diffRow(name, repetitions, other.repetitions)] : [];
  });
  const shared = new Set(rows.map(({ name }) => name));
  const others = ({ rows: all }: ComparableDocument) => all.map(({ name }) => name).filter((name) => !shared.has(name));
  const rates = [before, after].flatMap(({ ceilings, fmaGflopsAfter }) => [ceilings.fmaGflops, fmaGflopsAfter]);
  return { rows, onlyBefore: others(before), onlyAfter: others(after), warning: driftWarning(rates) ?? null };
}

function mustAgree(what: string, before: string, after: string, cure: string): void {
  if (before === after) return;
  throw new UsageError(`bench diff: expected two results of one ${what}, got "${before}" and "${after}". ${cure}`);
}

/** The runs were apart, so their repetitions are drawn apart. */
function diffRow(name: string, before: readonly number[], after: readonly number[]): DiffRow {
  const ratio = estimateRatio(after, before, { paired: false });
  return { name, before: median(before), after: median(after), ratio, verdict: verdictOf(ratio) };
}

/** A change only if the interval excludes 1 and the effect is more than 2 %. */
export function verdictOf({ median, low, high }: Estimate): Verdict {
  if (high < 1 && median < 1 - smallestEffect) return "faster";
  if (low > 1 && median > 1 + smallestEffect) return "slower";
  return "no change";
}
