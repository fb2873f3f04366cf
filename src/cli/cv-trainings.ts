/** The trainings of a cross-validation, on one device. Those that are finished are not repeated. */
import type { Dataset } from "../data/dataset.ts";
import { foldSplit } from "../data/folds.ts";
import { DataError, DivergenceError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { CrossValidationPlan, Variant } from "../nn/cross-validation-plan.ts";
import type { FoldTraining } from "../nn/cross-validation-result.ts";
import { DeviceDataset } from "../nn/device-dataset.ts";
import { CvFolder } from "./cv-folder.ts";
import type { CrossValidation } from "./cv-plan.ts";
import { CvProgress } from "./cv-progress.ts";
import { RunFolder } from "./run-folder.ts";
import { readRun } from "./run-record.ts";
import { scoreRun } from "./score-run.ts";
import { readyTraining, train, type TrainingView } from "./train.ts";
import { continuedRun, loadFor, readingOfConfig, trainable, type TrainRun } from "./train-run.ts";

/** A cross-validation whose plan is written. */
export type BegunCrossValidation = CrossValidation & { readonly plan: CrossValidationPlan };

/** The images that a training may look at: those of no fold are kept for whoever has chosen. */
const scored = ["train", "validation"] as const;

/** Folds, from 0, that a variant has still to train. */
function foldsLeft({ folder, plan }: CrossValidation, { name }: Variant): number[] {
  const folds = Array.from({ length: plan.folds }, (_, fold) => fold);
  return folds.filter((fold) => {
    const path = folder.runPath(name, fold);
    const isFinished = RunFolder.isRun(path) && RunFolder.open(path).isFinished;
    return !isFinished && !folder.hasFailed(name, fold);
  });
}

export const trainingsLeft = (cv: CrossValidation): number =>
  cv.plan.variants.reduce((sum, variant) => sum + foldsLeft(cv, variant).length, 0);

/** Does what is left. @returns whether it was interrupted. */
export async function trainAll(cv: BegunCrossValidation, device: Device, signal: AbortSignal): Promise<boolean> {
  const progress = new CvProgress(cv, trainingsLeft(cv));
  for (const group of groupsOfSameImages(cv.plan.variants)) {
    if (group.every((variant) => foldsLeft(cv, variant).length === 0)) continue;
    const dataset = await imagesOf(cv, group);
    const interrupted = await device.scope(() => trainGroup(cv, group, dataset, device, progress, signal));
    if (interrupted) return true;
  }
  return false;
}

/** Variants, one after another, that see the same images, which are then read and uploaded once. */
function groupsOfSameImages(variants: readonly Variant[]): Variant[][] {
  const groups: Variant[][] = [];
  for (const variant of variants) {
    const group = groups.at(-1);
    const { size, resize } = variant.preset;
    const same = group?.[0]?.preset.size === size && group[0].preset.resize === resize;
    if (group && same) group.push(variant);
    else groups.push([variant]);
  }
  return groups;
}

async function imagesOf({ plan, dataset, cache }: BegunCrossValidation, [variant]: Variant[]): Promise<Dataset> {
  const first = plan.variants[0]?.preset;
  const preset = variant?.preset ?? plan.config.preset;
  if (preset.size === first?.size && preset.resize === first.resize) return dataset;
  return loadFor(preset, plan.config.data, { ...readingOfConfig(plan.config), cache });
}

async function trainGroup(
  cv: BegunCrossValidation,
  group: readonly Variant[],
  dataset: Dataset,
  device: Device,
  progress: CvProgress,
  signal: AbortSignal,
): Promise<boolean> {
  const data = DeviceDataset.upload(device, dataset, Math.max(...group.map(({ preset }) => preset.batch)));
  for (const variant of group) {
    for (const fold of foldsLeft(cv, variant)) {
      const run = await foldRun(cv, variant, fold, dataset);
      // A signal of its own: each training leaves a listener on it.
      const own = AbortSignal.any([signal]);
      const view = progress.viewOf(variant, fold);
      try {
        if (await device.scope(() => trainAndScore(run, device, data, own, view))) return true;
      } catch (error) {
        if (!(error instanceof DivergenceError)) throw error;
        await cv.folder.writeFailure(variant.name, fold, error.message);
      }
      progress.finished(variant, fold, await outcomeOf(cv, variant, fold));
    }
  }
  return false;
}

/** @returns whether it was interrupted. @throws DivergenceError if the training diverged. */
async function trainAndScore(
  run: TrainRun,
  device: Device,
  data: DeviceDataset,
  signal: AbortSignal,
  view: TrainingView,
): Promise<boolean> {
  const training = await readyTraining(run, device, data);
  if (await train(training, run, device, signal, view)) return true;
  await scoreRun(device, run, data, scored);
  return false;
}

/** The run of a fold, at its start, or where it was stopped. */
async function foldRun(cv: BegunCrossValidation, variant: Variant, fold: number, dataset: Dataset): Promise<TrainRun> {
  const { folder, plan, folds, test } = cv;
  const path = folder.runPath(variant.name, fold);
  if (RunFolder.canResume(path)) {
    const begun = RunFolder.open(path);
    const config = { ...(await begun.readConfig()), data: plan.config.data };
    return continuedRun(begun, config, dataset, await begun.readCheckpoint("last"));
  }
  const { adapter, ...shared } = plan.config;
  return trainable({
    folder: await folder.newRun(variant.name, fold),
    // The same seed for every variant of a fold, so that they begin alike and differences are paired.
    config: { ...shared, preset: variant.preset, seed: shared.seed + fold },
    dataset,
    split: foldSplit(folds, fold, test),
    start: { from: "seed" },
    history: [],
    maxSteps: Infinity,
  });
}

/** What a training came to, from its folder. @throws DataError naming a run that cannot be read. */
async function outcomeOf(cv: CrossValidation, { name, choice }: Variant, fold: number): Promise<FoldTraining> {
  const where = { variant: name, choice, fold: fold + 1, run: CvFolder.runName(name, fold) };
  const failure = await cv.folder.readFailure(name, fold);
  if (failure !== null) {
    const none = { epoch: null, mse: null, mae: null, rmse: null, mape: null, r2: null };
    return { ...where, n: cv.folds[fold]?.length ?? 0, ...none, failure };
  }
  const run = RunFolder.open(cv.folder.runPath(name, fold), "Train it with --resume.");
  const [metrics, { best }] = [await run.readMetrics(), await readRun(run)];
  if (!metrics?.validation || !best) {
    throw new DataError(
      `${run.path}: expected a run that was scored, got one without scores; remove it and use --resume`,
    );
  }
  const { n, mse, mae, rmse, mape, r2 } = metrics.validation;
  return { ...where, epoch: best.epoch, n, mse, mae, rmse, mape, r2, failure };
}

/** Variant by variant, the folds of each in order. */
export async function readTrainings(cv: CrossValidation): Promise<FoldTraining[]> {
  const trainings: FoldTraining[] = [];
  for (const variant of cv.plan.variants) {
    for (let fold = 0; fold < cv.plan.folds; fold++) trainings.push(await outcomeOf(cv, variant, fold));
  }
  return trainings;
}
