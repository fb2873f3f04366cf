/** How near to the labels counting can come, in a sentence. */
import type { LabelNoise } from "../data/label-noise.ts";

/** Without a capital and a full stop, so that it can stand on a line of its own. */
export function noiseFloorText({ labelsAre, meanCells, idealCounter, bestShrinkage }: LabelNoise): string {
  const cells = `${meanCells.toFixed(1)} cells an image`;
  if (labelsAre === "realised fractions") return "the labels are the fractions in the image: a perfect count has MSE 0";
  return (
    `noise floor: from ${cells} a perfect count has an MSE of ${idealCounter.toPrecision(3)} against the priors, ` +
    `${bestShrinkage.toPrecision(3)} if shrunk to the mean` +
    (labelsAre === "priors" ? "; the labels are the priors" : "")
  );
}
