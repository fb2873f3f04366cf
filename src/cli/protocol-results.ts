/** The document of `bench all`: what came of its commands, in one call or in several. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { type Outcome, statuses } from "./protocol-run.ts";
import { version } from "./version.ts";
import { writeWhole } from "./write-whole.ts";

const resultsShape = z.object({
  kind: z.literal("all"),
  /** When the last outcome came. ISO 8601. */
  date: z.string(),
  versions: z.record(z.string(), z.string()),
  outcomes: z.array(
    z.object({
      ...{ part: z.string(), name: z.string(), command: z.string(), status: z.enum(statuses) },
      ...{ exitStatus: z.number().nullable(), seconds: z.number(), limit: z.number(), reason: z.string().nullable() },
      result: z.unknown(),
    }),
  ),
});

export type Results = z.infer<typeof resultsShape>;

const fileIn = (folder: string): string => join(folder, "results.json");

/** @returns undefined for a folder without. @throws UsageError if the file is of something else. */
export async function readResults(folder: string): Promise<Results | undefined> {
  if (!existsSync(fileIn(folder))) return undefined;
  try {
    return resultsShape.parse(JSON.parse(await readFile(fileIn(folder), "utf8")));
  } catch (cause) {
    throw new UsageError(
      `--out: expected a folder of bench all, got another results.json in ${folder}. Name a new one.`,
      { cause },
    );
  }
}

/** Outcomes of an earlier call with those of this one in their place; what was not begun replaces nothing. */
export function merged(before: readonly Outcome[], now: readonly Outcome[]): Outcome[] {
  const isIn = (outcomes: readonly Outcome[], { name }: Outcome) => outcomes.some((own) => own.name === name);
  const told = now.filter((outcome) => outcome.status !== "not begun" || !isIn(before, outcome));
  return [...before.filter((outcome) => !isIn(told, outcome)), ...told];
}

/** Replaces the document. @throws DataError if it cannot be written. */
export async function writeResults(folder: string, outcomes: readonly Outcome[]): Promise<void> {
  const versions = { cellgrad: version, node: process.versions.node };
  const results = { kind: "all", date: new Date().toISOString(), versions, outcomes };
  await writeWhole(fileIn(folder), `${JSON.stringify(results, undefined, 1)}\n`, "--out");
}
