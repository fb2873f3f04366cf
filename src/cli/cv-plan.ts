/**
 * What a cross-validation begins with: what it was asked for, its data and its folds. Read and checked before a device
 * opens, so that a mistake shows at once and not after hours.
 */
import type { Dataset } from "../data/dataset.ts";
import { evenImages, foldsOf, foldSplit } from "../data/folds.ts";
import type { Folds } from "../data/folds-file.ts";
import { DataError } from "../errors.ts";
import { type CrossValidationPlan, gridOf, variantName, type Variation } from "../nn/cross-validation-plan.ts";
import { CvFolder } from "./cv-folder.ts";
import { type CvOptions, presetOptionsOf, requireNotBoth } from "./cv-options.ts";
import { networkOf } from "./network-of.ts";
import { noteFindings } from "./note-findings.ts";
import { RunFolder } from "./run-folder.ts";
import { splitOf } from "./split-option.ts";
import { presetWith, requireSame, resumedPreset } from "./train-options.ts";
import { configOf, loadFor, readingOf, readingOfConfig, requireSameReading, trainable } from "./train-run.ts";

export interface CrossValidation extends Folds {
  readonly folder: CvFolder;
  /** Without the adapter of a new one, which is known when a device opens. */
  readonly plan: NewPlan | CrossValidationPlan;
  /** Images as the first variant has them. */
  readonly dataset: Dataset;
  readonly cache: boolean | undefined;
}

type NewPlan = Omit<CrossValidationPlan, "config"> & {
  readonly config: Omit<CrossValidationPlan["config"], "adapter">;
};

/** What --quick stands for. */
const quick = { preset: "tiny", epochs: 40, images: 240 } as const;

/** @throws UsageError, DataError or ShapeError naming the option or the file that cannot be used. */
export async function newCrossValidation(given: CvOptions): Promise<CrossValidation> {
  requireNotBoth(given);
  const folder = CvFolder.create(given.out);
  const { folds: count = 5, vary = [], cache, data } = given;
  const options = given.quick ? { ...given, ...quickOptions(given) } : given;
  const variants = gridOf(vary).map((choice) => {
    const preset = presetWith({ ...options, ...presetOptionsOf(choice) });
    networkOf(preset, 1); // an image too small is known before all are read
    return { name: variantName(choice), choice, preset };
  });
  const dataset = await loadFor(variants[0]?.preset ?? presetWith(options), data, readingOf(options));
  const config = await configOf({ ...options, evaluateTraining: false }, presetWith(options), dataset, {
    from: "seed",
  });
  const { train, validation } = await splitOf(dataset.names, options, config.seed);
  const pool = Uint32Array.from([...train, ...validation]).sort();
  const batches = variants.map(({ preset }) => preset.batch);
  const most = options.quick ? evenImages(Math.min(pool.length, quick.images), count, batches) : Infinity;
  const folds = foldsOf(pool, count, config.seed, most);
  const { by = "mse", quick: isQuick = false } = given;
  const plan = { config, folds: count, split: splitText(given), quick: isQuick, by, vary, variants };
  const cv = { folder, plan, dataset, cache, folds, test: outside(folds, dataset.names.length) };
  requireTrainable(cv);
  // Of the first fold; the findings of others differ at most in their numbers.
  const presets = variants.map(({ preset }) => preset);
  noteFindings(data, presets, dataset, foldSplit(folds, 0, cv.test));
  return cv;
}

const quickOptions = ({ preset, epochs, vary = [] }: CvOptions) => ({
  preset: preset ?? quick.preset,
  epochs: epochs ?? (isVaried(vary, "epochs") ? undefined : quick.epochs),
});

const isVaried = (vary: readonly Variation[], name: string): boolean => vary.some(({ option }) => option === name);

const splitText = ({ split, splitFile }: CvOptions): string => splitFile ?? (split ?? [0.7, 0.15, 0.15]).join(",");

/** The images that are in no fold, in ascending order. */
function outside(folds: readonly Uint32Array[], images: number): Uint32Array {
  const inside = new Set(folds.flatMap((fold) => [...fold]));
  return Uint32Array.from({ length: images }, (_, image) => image).filter((image) => !inside.has(image));
}

/** Every variant, with the most and with the fewest images that a fold leaves for training. */
function requireTrainable({ folder, plan, dataset, folds, test }: CrossValidation): void {
  for (const { name, preset } of plan.variants) {
    for (const fold of new Set([0, folds.length - 1])) {
      const split = foldSplit(folds, fold, test);
      const run = { folder: RunFolder.create(folder.runPath(name, fold)), config: { ...plan.config, preset }, dataset };
      trainable({ ...run, split, start: { from: "seed" }, history: [], maxSteps: Infinity });
    }
  }
}

/** @throws UsageError if an option would change what was begun, or another error as `newCrossValidation`. */
export async function resumedCrossValidation(options: CvOptions): Promise<CrossValidation> {
  const folder = CvFolder.open(options.out);
  const plan = await folder.readPlan();
  requireSamePlan(plan, options);
  const { config, variants } = plan;
  const reading = { ...readingOfConfig(config), cache: options.cache };
  const dataset = await loadFor(variants[0]?.preset ?? config.preset, options.data, reading);
  if (dataset.names.length !== config.images) {
    throw new DataError(
      `${options.data}: expected the ${config.images} images that the cross-validation began with, ` +
        `got ${dataset.names.length}`,
    );
  }
  const folds = await folder.readFolds(dataset.names);
  if (folds.folds.length !== plan.folds) {
    throw new DataError(
      `${options.out}: expected the ${plan.folds} folds of cv.json in folds.json, got ${folds.folds.length}. ` +
        "Put the file back that was changed, or begin anew with another --out",
    );
  }
  return {
    folder,
    plan: { ...plan, by: options.by ?? plan.by, config: { ...config, data: options.data } },
    dataset,
    cache: options.cache,
    ...folds,
  };
}

function requireSamePlan(plan: CrossValidationPlan, options: CvOptions): void {
  const { preset } = plan.config;
  requireSame("folds", options.folds, plan.folds);
  requireSame("vary", options.vary && showVariations(options.vary), showVariations(plan.vary));
  requireSame("quick", options.quick, plan.quick);
  requireSame("split", options.split?.join(","), plan.split);
  requireSame("split-file", options.splitFile, plan.split);
  requireSame("epochs", options.epochs, preset.epochs);
  requireSameReading(plan.config, options);
  resumedPreset(preset, options);
}

const showVariations = (variations: readonly Variation[]): string =>
  variations.map(({ option, values }) => `${option}=${values.join(",")}`).join(" ") || "nothing";
