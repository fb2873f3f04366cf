/** The folder of a cross-validation: `cv.json`, `folds.json`, the runs, and at the end `cv.csv` and `cv.svg`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBytes } from "../data/images.node.ts";
import { type Folds, parseFolds, foldsToNames } from "../data/folds-file.ts";
import { DataError, UsageError } from "../errors.ts";
import { type CrossValidationPlan, parseCrossValidationPlan } from "../nn/cross-validation-plan.ts";
import { type CrossValidationResult, trainingsCsv } from "../nn/cross-validation-result.ts";
import { RunFolder } from "./run-folder.ts";
import { writeWhole } from "./write-whole.ts";

export class CvFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new one, which appears with its first file. @throws UsageError if the folder exists. */
  static create(path: string): CvFolder {
    if (!existsSync(path)) return new CvFolder(path);
    throw new UsageError(
      `--out: expected a new folder, got ${path}, which exists. Go on with --resume or name another.`,
    );
  }

  /** Whether a cross-validation was begun in this folder. */
  static isCv(path: string): boolean {
    return existsSync(join(path, "cv.json"));
  }

  /** @throws DataError if no cross-validation was begun there. */
  static open(path: string): CvFolder {
    if (CvFolder.isCv(path)) return new CvFolder(path);
    const got = existsSync(path) ? "one without cv.json" : "nothing of that name";
    throw new DataError(
      `${path}: expected a cross-validation's folder, got ${got}. Leave --resume away to begin one, in a new folder.`,
    );
  }

  #file(name: string): string {
    return join(this.path, name);
  }

  async #text(name: string): Promise<string> {
    return new TextDecoder().decode(await readBytes(this.#file(name), "a file of a cross-validation"));
  }

  /** @param fold from 0; folders count from 1. */
  static runName(variant: string, fold: number): string {
    return `${variant}/fold${fold + 1}`;
  }

  runPath(variant: string, fold: number): string {
    return this.#file(CvFolder.runName(variant, fold));
  }

  /** A new run; what was left of one that was killed before its first checkpoint is removed. */
  async newRun(variant: string, fold: number): Promise<RunFolder> {
    const path = this.runPath(variant, fold);
    await RunFolder.clear(path);
    return RunFolder.create(path);
  }

  /** Keeps why a training cannot be finished: it would diverge again. Whoever removes its folder has it tried again. */
  async writeFailure(variant: string, fold: number, reason: string): Promise<void> {
    await writeWhole(join(this.runPath(variant, fold), "failure.txt"), `${reason}\n`);
  }

  /** Null where none was kept. */
  async readFailure(variant: string, fold: number): Promise<string | null> {
    if (!this.hasFailed(variant, fold)) return null;
    return (await this.#text(`${CvFolder.runName(variant, fold)}/failure.txt`)).trimEnd();
  }

  hasFailed(variant: string, fold: number): boolean {
    return existsSync(join(this.runPath(variant, fold), "failure.txt"));
  }

  async writeFolds(names: readonly string[], folds: Folds): Promise<void> {
    await writeWhole(this.#file("folds.json"), `${JSON.stringify(foldsToNames(names, folds), undefined, 1)}\n`);
  }

  async readFolds(names: readonly string[]): Promise<Folds> {
    return parseFolds(names, await this.#text("folds.json"), this.#file("folds.json"));
  }

  /** @param result null until every training has been scored. */
  async writePlan(plan: CrossValidationPlan, result: CrossValidationResult | null): Promise<void> {
    await writeWhole(this.#file("cv.json"), `${JSON.stringify({ ...plan, result }, undefined, 2)}\n`);
  }

  async readPlan(): Promise<CrossValidationPlan> {
    return parseCrossValidationPlan(await this.#text("cv.json"), this.#file("cv.json"));
  }

  async writeTrainings(result: CrossValidationResult): Promise<void> {
    await writeWhole(this.#file("cv.csv"), trainingsCsv(result.trainings));
  }

  async writeFigure(svg: string): Promise<void> {
    await writeWhole(this.#file("cv.svg"), svg);
  }
}
