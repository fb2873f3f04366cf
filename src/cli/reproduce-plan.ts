/** What `reproduce` was asked for, in its folder: the same command goes on where it was stopped, another one is refused. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, UsageError } from "../errors.ts";
import { writeWhole } from "./write-whole.ts";

export interface ReproductionPlan {
  readonly experiment: string;
  readonly images: number;
  /** Height and width of an image as it is made. */
  readonly imageSize: number;
  /** Height and width that images are resized to. */
  readonly size: number;
  readonly epochs: number;
  readonly batch: number;
  /** To begin with; null for the preset's. */
  readonly learningRate: number | null;
  /** Of the images and of the first training. */
  readonly seed: number;
  /** Trainings, whose seeds follow one another. */
  readonly seeds: number;
}

const fileOf = (out: string): string => join(out, "reproduce.json");

/**
 * Notes the plan in the folder, which is made if it is absent.
 *
 * @throws UsageError if another plan was begun there, but that may want fewer seeds.
 * @throws DataError if the folder holds something else.
 */
export async function openPlan(out: string, plan: ReproductionPlan): Promise<void> {
  const begun = await readPlan(out);
  if (begun) {
    for (const name of Object.keys(plan) as (keyof ReproductionPlan)[]) {
      if (begun[name] === plan[name] || name === "seeds") continue;
      const quick = name === "imageSize" || name === "size" ? " (--quick?)" : "";
      throw new UsageError(
        `reproduce: expected the ${name} ${begun[name]} that ${out} was begun with, got ${plan[name]}${quick}. ` +
          "Name another folder with --out.",
      );
    }
    return;
  }
  if (existsSync(out)) {
    throw new DataError(`${out}: expected a new folder or one that reproduce has begun, got another`);
  }
  await writeReproduction(out, plan, {});
}

async function readPlan(out: string): Promise<ReproductionPlan | null> {
  if (!existsSync(fileOf(out))) return null;
  const text = await readFile(fileOf(out), "utf8");
  try {
    return (JSON.parse(text) as { plan: ReproductionPlan }).plan;
  } catch (cause) {
    throw new DataError(`${fileOf(out)}: expected what reproduce wrote, got other text. Remove the folder.`, { cause });
  }
}

/** Writes the plan and what came of it. @throws DataError if it cannot be written. */
export const writeReproduction = (out: string, plan: ReproductionPlan, result: object): Promise<void> =>
  writeWhole(fileOf(out), `${JSON.stringify({ plan, ...result }, undefined, 2)}\n`);
