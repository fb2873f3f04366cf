/** A data set's card for people. */
import type { DataCard, DuplicateGroup, ImageKind, NearDuplicateGroup } from "../data/card.ts";
import type { LabelNoise } from "../data/label-noise.ts";
import type { Baseline, BaselineScores } from "../data/label-statistics.ts";
import { print, printTable } from "./output.ts";

/** Of a list that may be long; --json has all. */
const shown = 10;

export function printCard(card: DataCard): void {
  const { data, images, size, sums, noise, problems } = card;
  print(`${data}: ${counted(images, "image")}, read at ${size.join(" x ")}`);
  for (const kind of card.kinds.slice(0, shown)) print(`  ${describeKind(kind)}`);
  sayMore(card.kinds.length, "kinds");
  print(`\nlabels: ${card.outputs.map(({ name }) => name).join(", ")}; ${describeSums(card)}`);
  printTable([
    ["output", "mean", "sd", "variance", "min", "max"],
    ...card.outputs.map(({ name, ...values }) => [
      name,
      ...[values.mean, values.sd, values.variance, values.min, values.max].map(significant),
    ]),
  ]);
  print("\na prediction that never looks at the image scores");
  printBaselines(card);
  if (noise) printNoise(noise, sums.isComposition);
  printDuplicates(card);
  if (problems.length === 0) return;
  print(`\nproblems: ${problems.length}`);
  for (const problem of problems) print(`  ${problem}`);
}

const counted = (count: number, what: string): string => (count === 1 ? `1 ${what}` : `${count} ${what}s`);

const significant = (value: number): string => value.toPrecision(4);

function describeKind({ images, format, width, height, bits, channels, pages }: ImageKind): string {
  const several = [...(channels > 1 ? [`${channels} channels`] : []), ...(pages > 1 ? [`${pages} pages`] : [])];
  return [`${images} ${format} of ${height} x ${width}`, `${bits}-bit`, ...several].join(", ");
}

function describeSums({ sums, outputs }: DataCard): string {
  if (sums.isComposition) return "they sum to 1";
  if (outputs.length === 1) return "one output";
  return `their sums lie between ${significant(sums.min)} and ${significant(sums.max)}`;
}

function printBaselines({ baselines: { mean, equalShares }, outputs }: DataCard): void {
  const cells = (name: string, { mse, mae, rmse, mape, r2 }: BaselineScores) => [
    name,
    ...[mse, mae, rmse, mape].map((value) => value.toPrecision(5)),
    r2 === null ? "none" : (Math.round(1e4 * r2) / 1e4 + 0).toFixed(4),
  ];
  const rows = (name: string, baseline: Baseline) => [
    cells(name, baseline),
    ...(outputs.length > 1 ? baseline.outputs.map((own) => cells(`  ${own.name}`, own)) : []),
  ];
  printTable([
    ["prediction", "MSE", "MAE", "RMSE", "MAPE %", "R2"],
    ...rows("the mean", mean),
    ...(equalShares ? rows(`1/${outputs.length}`, equalShares) : []),
  ]);
}

function printNoise(noise: LabelNoise, isComposition: boolean): void {
  const cells = noise.meanCells.toFixed(1);
  print(
    `\nnoise: the ${isComposition ? "fractions" : "numbers"} of ${cells} cells an image stray from the priors they were drawn from`,
  );
  printTable([
    ["MSE of a perfect count against the prior, expected", noise.idealCounter.toPrecision(5)],
    ["the same, in this data", noise.realisedAgainstPrior.toPrecision(5)],
    [`shrunk towards the mean by ${noise.shrinkage.toFixed(3)}, expected`, noise.bestShrinkage.toPrecision(5)],
  ]);
  if (noise.labelsAre === "priors") print("the labels are priors: no network that only counts can score better");
  if (noise.labelsAre === "realised fractions")
    print("the labels are the fractions in the image: a perfect count scores 0");
}

function printDuplicates({ duplicates, nearDuplicates, split, overlaps, nearOverlaps, size }: DataCard): void {
  const parts = split ? Object.entries(split).map(([part, count]) => `${count} ${part}`) : [];
  print(split ? `\nsplit: ${parts.join(", ")}` : "");
  const at = `at ${size.join(" x ")}`;
  if (duplicates.length === 0) print(`duplicates: none ${at}`);
  else printGroups("duplicates", `of equal pixels ${at}`, duplicates, overlaps);
  if (nearDuplicates === null) print(`near duplicates: not looked for ${at}, which is too small`);
  else if (nearDuplicates.length === 0) print("near duplicates: none, whether turned, mirrored, brighter or noisier");
  else
    printGroups(
      "near duplicates",
      "alike but for turns, mirroring, brightness or noise",
      nearDuplicates,
      nearOverlaps,
      howAlike,
    );
}

function printGroups<Group extends DuplicateGroup>(
  what: string,
  alike: string,
  groups: readonly Group[],
  overlaps: number,
  detailOf: (group: Group) => string = () => "",
): void {
  const images = groups.reduce((total, { names }) => total + names.length, 0);
  print(`${what}: ${images} images in ${counted(groups.length, "group")} ${alike}`);
  for (const group of groups.slice(0, shown)) print(`  ${describeGroup(group, detailOf(group))}`);
  sayMore(groups.length, "groups");
  if (overlaps > 0)
    print(`  ${counted(overlaps, "group")} across parts of the split: what is tested there was trained on`);
}

function describeGroup({ names, sameLabels, parts }: DuplicateGroup, detail: string): string {
  const some = names.slice(0, shown).join(", ") + (names.length > shown ? `, and ${names.length - shown} more` : "");
  const where = parts.length > 1 ? `; in ${parts.join(" and ")}` : "";
  return some + detail + (sameLabels ? "" : "; with different labels") + where;
}

/** Of two images how they are laid; of more, which `--json` has one by one, only how much they are alike. */
function howAlike({ names, likenesses }: NearDuplicateGroup): string {
  const least = Math.min(...likenesses.map(({ correlation }) => correlation)).toFixed(3);
  const [only] = likenesses;
  if (names.length > 2 || !only) return `: correlations from ${least}`;
  const turned = only.turned === 0 ? [] : [`turned by ${only.turned} degrees`];
  const how = [...(only.mirrored ? ["mirrored"] : []), ...turned].join(" and ") || "brightness or noise";
  return `: ${how}, correlation ${least}`;
}

function sayMore(count: number, what: string): void {
  if (count > shown) print(`  and ${count - shown} more ${what}; --json has all`);
}
