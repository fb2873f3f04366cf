/** A run's folder: what stands in which file. Every file is written under a temporary name and renamed. */
import { existsSync } from "node:fs";
import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readBytes } from "../data/images.node.ts";
import { parseSplitNames, splitFromNames, type SplitNames, splitToNames } from "../data/split-file.ts";
import type { Split } from "../data/split.ts";
import { DataError, UsageError } from "../errors.ts";
import type { Checkpoint } from "../nn/checkpoint.ts";
import { parseProgress, progressMetadata } from "../nn/checkpoint-metadata.ts";
import { type DoubtThreshold, parseDoubtThreshold } from "../nn/evaluation/doubt-threshold.ts";
import { type HistoryRow, historyCsv, historyLine, parseHistory } from "../nn/history.ts";
import { parseRunConfig, type RunConfig } from "../nn/run-config.ts";
import { parseRunMetrics, type RunMetrics } from "../nn/run-metrics.ts";
import { writeSafetensors } from "../nn/safetensors.ts";
import { readWeightsFile } from "./weights-file.ts";
import { writeWhole } from "./write-whole.ts";

export type CheckpointName = "best" | "last";

/** All that a run's folder holds before its first checkpoint of the last epoch. */
const runFiles: readonly string[] = ["config.json", "split.json", "history.jsonl", "history.csv", "best.safetensors"];

export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new run, whose folder appears with its first file. @throws UsageError if the folder exists. */
  static create(path: string): RunFolder {
    if (!existsSync(path)) return new RunFolder(path);
    const cure = RunFolder.canResume(path) ? "Go on with --resume or name another" : "Remove it or name another";
    throw new UsageError(`--out: expected a new folder, got ${path}, which exists. ${cure}.`);
  }

  /** Whether a run was begun in this folder. */
  static isRun(path: string): boolean {
    return existsSync(join(path, "config.json"));
  }

  /** Whether a run in this folder has a checkpoint to go on from. */
  static canResume(path: string): boolean {
    return RunFolder.isRun(path) && existsSync(join(path, "last.safetensors"));
  }

  /**
   * Removes what a run leaves that was killed before its first checkpoint, if anything.
   *
   * @throws DataError if the folder holds anything else, which is left alone.
   */
  static async clear(path: string): Promise<void> {
    if (!existsSync(path)) return;
    const names = await readdir(path);
    const foreign = names.find((name) => !runFiles.includes(name) && !/^\..*\.tmp$/.test(name));
    if (foreign !== undefined) {
      throw new DataError(
        `${path}: expected what is left of a run without a checkpoint, got a folder that holds ${foreign} too. ` +
          "Remove it if it is not needed.",
      );
    }
    for (const name of names) await rm(join(path, name));
    await rmdir(path);
  }

  /** Opens a run that was made before. @throws DataError with the cure if there is none. */
  static open(path: string, cure = "Make one with cellgrad train."): RunFolder {
    if (RunFolder.isRun(path)) return new RunFolder(path);
    const got = existsSync(path) ? "one without config.json" : "nothing of that name";
    throw new DataError(`${path}: expected a run's folder, got ${got}. ${cure}`);
  }

  #file(name: string): string {
    return join(this.path, name);
  }

  #write(name: string, contents: string | Uint8Array): Promise<void> {
    return writeWhole(this.#file(name), contents);
  }

  #read(name: string): Promise<Uint8Array> {
    return readBytes(this.#file(name), "a file of a run that was not stopped in its first epoch");
  }

  async #text(name: string): Promise<string> {
    return new TextDecoder().decode(await this.#read(name));
  }

  writeConfig(config: RunConfig): Promise<void> {
    return this.#write("config.json", `${JSON.stringify(config, undefined, 2)}\n`);
  }

  async readConfig(): Promise<RunConfig> {
    return parseRunConfig(await this.#text("config.json"), this.#file("config.json"));
  }

  writeSplit(names: readonly string[], split: Split): Promise<void> {
    return this.#write("split.json", `${JSON.stringify(splitToNames(names, split), undefined, 1)}\n`);
  }

  async readSplit(names: readonly string[]): Promise<Split> {
    return splitFromNames(names, await this.#text("split.json"), this.#file("split.json"));
  }

  /** The images' names in each part, of whatever data set; null before the split was written. */
  async readSplitNames(): Promise<SplitNames | null> {
    if (!existsSync(this.#file("split.json"))) return null;
    return parseSplitNames(await this.#text("split.json"), this.#file("split.json"));
  }

  writeCheckpoint(name: CheckpointName, { tensors, progress }: Checkpoint): Promise<void> {
    return this.#write(`${name}.safetensors`, writeSafetensors(tensors, progressMetadata(progress)));
  }

  /** @throws DataError if the file is missing, damaged, or no checkpoint of a run. */
  async readCheckpoint(name: CheckpointName): Promise<Checkpoint & { readonly source: string }> {
    const source = this.#file(`${name}.safetensors`);
    const { tensors, metadata } = readWeightsFile(await this.#read(`${name}.safetensors`), source);
    return { tensors, progress: parseProgress(metadata, source), source };
  }

  /** Rewrites both files of the history. */
  async writeHistory(rows: readonly HistoryRow[]): Promise<void> {
    await this.#write("history.jsonl", rows.map(historyLine).join(""));
    await this.#write("history.csv", historyCsv(rows));
  }

  async readHistory(): Promise<HistoryRow[]> {
    if (!existsSync(this.#file("history.jsonl"))) return [];
    return parseHistory(await this.#text("history.jsonl"), this.#file("history.jsonl"));
  }

  /** Written last: a run without it has not finished. */
  writeMetrics(metrics: object): Promise<void> {
    return this.#write("metrics.json", `${JSON.stringify(metrics, undefined, 2)}\n`);
  }

  /** The scores; null if the run has not finished. */
  async readMetrics(): Promise<RunMetrics | null> {
    if (!this.isFinished) return null;
    return parseRunMetrics(await this.#text("metrics.json"), this.#file("metrics.json"));
  }

  get isFinished(): boolean {
    return existsSync(this.#file("metrics.json"));
  }

  /** When training began or was resumed. */
  async date(): Promise<Date> {
    return (await stat(this.#file("config.json"))).mtime;
  }

  /** Its files, by name; temporary ones are left out. */
  async files(): Promise<{ readonly name: string; readonly bytes: number }[]> {
    const names = (await readdir(this.path)).filter((name) => !name.startsWith(".")).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(this.#file(name))).size })));
  }

  writeDoubtThreshold(threshold: DoubtThreshold): Promise<void> {
    return this.#write("uncertainty.json", `${JSON.stringify(threshold, undefined, 2)}\n`);
  }

  /** From what doubt on an image is doubtful; null before `evaluate --uncertainty` has found out. */
  async readDoubtThreshold(): Promise<DoubtThreshold | null> {
    if (!existsSync(this.#file("uncertainty.json"))) return null;
    return parseDoubtThreshold(await this.#text("uncertainty.json"), this.#file("uncertainty.json"));
  }

  writePredictions(csv: string): Promise<void> {
    return this.#write("predictions.csv", csv);
  }

  /** The text of predictions.csv. @throws DataError with the cure if there is none. */
  async readPredictions(): Promise<string> {
    if (existsSync(this.#file("predictions.csv"))) return this.#text("predictions.csv");
    throw new DataError(
      `${this.#file("predictions.csv")}: expected the predictions of a finished run, got nothing of that name. ` +
        `Write them again with cellgrad train DATA --resume --out ${this.path}`,
    );
  }

  /** Removes what says that the run has finished, and what its weights were found to do, before it goes on. */
  async removeScores(): Promise<void> {
    for (const name of ["metrics.json", "predictions.csv", "uncertainty.json"])
      await rm(this.#file(name), { force: true });
  }
}
