/** `cellgrad cv`: trains variants of a set-up on K folds each, and says which of them are told apart. */
import { parseHTML } from "linkedom";
import type { Device } from "../gpu/device.ts";
import { crossValidationResult } from "../nn/cross-validation-result.ts";
import { crossValidationFigure } from "../report/cross-validation-figure.ts";
import type { CvOptions } from "./cv-options.ts";
import { type CrossValidation, newCrossValidation, resumedCrossValidation } from "./cv-plan.ts";
import { printCrossValidation } from "./cv-table.ts";
import { type BegunCrossValidation, readTrainings, trainAll, trainingsLeft } from "./cv-trainings.ts";
import { withDevice } from "./device.ts";
import { untilInterrupted } from "./interrupt.ts";
import { note, printJson } from "./output.ts";

export { builder } from "./cv-options.ts";

export async function handler(options: CvOptions): Promise<void> {
  const cv = options.resume ? await resumedCrossValidation(options) : await newCrossValidation(options);
  sayWhatIsAhead(cv);
  const begun = await trained(cv, options);
  if (!begun) {
    process.exitCode = 130;
    return;
  }
  const { folder, plan } = begun;
  const result = crossValidationResult(await readTrainings(begun), plan.by);
  await folder.writeTrainings(result);
  await folder.writeFigure(crossValidationFigure(result, parseHTML("<!doctype html><html></html>").document));
  await folder.writePlan(plan, result);
  if (options.json) printJson({ out: folder.path, ...plan, result });
  else printCrossValidation(begun, result);
}

/** Trains what is left. @returns undefined if it was interrupted. */
async function trained(cv: CrossValidation, options: CvOptions): Promise<BegunCrossValidation | undefined> {
  const { plan } = cv;
  if ("adapter" in plan.config && trainingsLeft(cv) === 0) return { ...cv, plan: { ...plan, config: plan.config } };
  return withDevice(options, async (device) => {
    const begun = await begin(cv, device);
    const interrupted = await untilInterrupted((signal) => trainAll(begun, device, signal));
    return interrupted ? undefined : begun;
  });
}

/** Writes what a new one was asked for, the folds first: a folder with a plan has both. */
async function begin(cv: CrossValidation, device: Device): Promise<BegunCrossValidation> {
  const { folder, plan, dataset } = cv;
  const { config } = plan;
  if ("adapter" in config) {
    const { name } = device.description;
    if (config.adapter.name !== name) {
      note(`warning: the cross-validation began on ${config.adapter.name}; on ${name} the last bits of scores differ`);
    }
    return { ...cv, plan: { ...plan, config } };
  }
  const begun = { ...cv, plan: { ...plan, config: { ...config, adapter: device.description } } };
  await folder.writeFolds(dataset.names, cv);
  await folder.writePlan(begun.plan, null);
  return begun;
}

function sayWhatIsAhead(cv: CrossValidation): void {
  const { plan, folds, test } = cv;
  const [all, left] = [plan.variants.length * plan.folds, trainingsLeft(cv)];
  const images = folds.reduce((sum, fold) => sum + fold.length, 0);
  const done = left < all ? `, ${all - left} of them finished` : "";
  note(`${all} trainings: ${plan.variants.length} variants on ${plan.folds} folds${done}`);
  note(`folds: ${images} images, about ${Math.round(images / plan.folds)} each; ${test.length} are held out of all`);
  if (plan.quick) note("quick: a small network, few epochs and few images, to see how it goes; not a result");
}
