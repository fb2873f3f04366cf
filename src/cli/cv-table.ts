/** The result of a cross-validation as a table, and what it means. */
import {
  type ComparedScore,
  comparedScores,
  type PairedDifference,
  rankedVariants,
  scoreTitles,
  type MeanAndDeviation,
} from "../nn/cross-validation.ts";
import type { CrossValidationResult } from "../nn/cross-validation-result.ts";
import type { BegunCrossValidation } from "./cv-trainings.ts";
import { print, printTable } from "./output.ts";

export function printCrossValidation(
  { plan, folder, test }: BegunCrossValidation,
  result: CrossValidationResult,
): void {
  const { by, best, variants, verdict } = result;
  const quick = plan.quick ? "quick, " : "";
  print(`${quick}${plan.folds} folds; validation scores of each training's best epoch: mean ± standard deviation`);
  const several = variants.length > 1;
  const header = ["variant", ...comparedScores.map((score) => scoreTitles[score])];
  const compared = [`difference in ${scoreTitles[by]}`, "95 % interval", "p"];
  const rows = rankedVariants(result).map((variant) => [
    variant.variant,
    ...comparedScores.map((score) => showMeanAndDeviation(variant.scores[score], score)),
    ...(several ? showDifference(variant.differences[by], variant.variant === best) : []),
  ]);
  printTable([[...header, ...(several ? compared : [])], ...rows]);
  print("");
  print(verdict);
  if (several) sayHowItWasCompared(plan.folds);
  print(
    "Each training's best epoch is the one of its lowest validation loss, on the images that score it: that flatters " +
      `every variant. The ${test.length} images held out were not looked at.`,
  );
  print(`Runs, cv.json, cv.csv and cv.svg are in ${folder.path}`);
}

function sayHowItWasCompared(folds: number): void {
  const freedom = folds === 2 ? "1 degree" : `${folds - 1} degrees`;
  print(
    `Differences are paired by fold. Intervals: Student's t with ${freedom} of freedom, corrected for folds that ` +
      "share training images (Nadeau and Bengio 2003). Each is of one comparison: of many, some leave out zero by chance.",
  );
}

/** R2 has an absolute scale; the others have that of the labels. */
function showMeanAndDeviation(spread: MeanAndDeviation | null, score: ComparedScore): string {
  if (!spread) return "none";
  const show = (value: number) => (score === "r2" ? value.toFixed(3) : value.toPrecision(4));
  return `${show(spread.mean)} ± ${score === "r2" ? show(spread.deviation) : spread.deviation.toPrecision(2)}`;
}

function showDifference(difference: PairedDifference | null, isBest: boolean): string[] {
  if (!difference) return [isBest ? "the best" : "none", "", ""];
  const { mean, interval, p } = difference;
  const [low, high] = interval.map((bound) => bound.toPrecision(3));
  return [mean.toPrecision(3), `[${low}, ${high}]`, p < 0.001 ? "< 0.001" : p.toFixed(3)];
}
