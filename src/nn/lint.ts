/** What in a set-up cannot work, or hardly can, found before it is trained. */
import type { AugmentOptions } from "../data/augment/options.ts";
import type { Finding, LintFacts, LintRule } from "./lint-finding.ts";
import { schedulesThatNeverAct } from "./lint-schedule.ts";
import { type Preset, modelOf } from "./preset.ts";
import type { PlacedLayer } from "./sequential.ts";

/** What a preset has decided to live with, and why. */
export interface Accepted {
  readonly rule: LintRule;
  readonly reason: string;
}

/** Findings, but those that the preset accepts, in the order of `lintRules`. @throws ShapeError for images too small. */
export const lint = (preset: Preset, facts: LintFacts): Finding[] =>
  allFindings(preset, facts).filter(({ rule, isRefused }) => isRefused || preset.accepts[rule] === undefined);

/** Findings that count as none. @throws ShapeError for images too small. */
export const acceptedFindings = (preset: Preset, facts: LintFacts): Accepted[] =>
  allFindings(preset, facts).flatMap(({ rule, isRefused }) => {
    const reason = preset.accepts[rule];
    return isRefused || reason === undefined ? [] : [{ rule, reason }];
  });

function allFindings(preset: Preset, facts: LintFacts): Finding[] {
  const { layers } = modelOf(preset, facts.outputs);
  return [
    duplicatesBetweenParts(facts),
    nearDuplicatesBetweenParts(facts),
    batchesThatFail(preset, facts, layers),
    tinyLastBatch(preset, facts),
    ...schedulesThatNeverAct(preset, facts),
    blackFill(preset),
    poolDropsEdge(preset, facts),
    compositionUnderOtherHead(preset, facts),
    softmaxOnOtherLabels(preset, facts),
    meansOverBatches(preset, facts),
  ].filter((finding) => finding !== null);
}

function duplicatesBetweenParts({ overlaps }: LintFacts): Finding | null {
  if (overlaps === 0) return null;
  const groups = overlaps === 1 ? "1 group of equal images lies" : `${overlaps} groups of equal images lie`;
  return {
    rule: "duplicates",
    isRefused: false,
    message: `${groups} in several parts of the split, which flatters scores; cellgrad data card lists them`,
    thesis: null,
  };
}

function nearDuplicatesBetweenParts({ nearOverlaps }: LintFacts): Finding | null {
  if (nearOverlaps === 0) return null;
  const groups = nearOverlaps === 1 ? "1 group of near copies lies" : `${nearOverlaps} groups of near copies lie`;
  return {
    rule: "near-duplicates",
    isRefused: false,
    message:
      `${groups} in several parts of the split, which flatters scores: images alike but for turns, mirroring, ` +
      "brightness or noise; cellgrad data card lists them",
    thesis: null,
  };
}

/** Batch normalisation of a vector has no variance to divide by in a batch of one. */
function batchesThatFail(
  { batch }: Preset,
  { trainImages }: LintFacts,
  layers: readonly PlacedLayer[],
): Finding | null {
  const fails = (message: string): Finding => ({ rule: "batch", isRefused: true, message, thesis: null });
  if (batch > trainImages) {
    return fails(`batches of ${batch} are more than the ${trainImages} images that train; take a smaller --batch`);
  }
  if (!layers.some(({ layer, input }) => layer.type === "BatchNormalization" && input.length === 1)) return null;
  if (batch === 1) return fails("batch normalisation has no variance in batches of one; take a larger --batch");
  if (trainImages % batch !== 1) return null;
  return fails(
    `batch normalisation has no variance in a last batch of one, ${trainImages} images in batches of ${batch}; ` +
      "take another --batch or --split",
  );
}

/** Below a quarter of a batch. */
function tinyLastBatch({ batch }: Preset, { trainImages }: LintFacts): Finding | null {
  const last = trainImages % batch;
  if (batch > trainImages || last < 2 || last * 4 >= batch) return null;
  return {
    rule: "last-batch",
    isRefused: false,
    message:
      `the last batch has ${last} of ${batch} images: its statistics are noise, and each of its images weighs ` +
      `${(batch / last).toFixed(1)} times as much as others; take another --batch or --split`,
    thesis: null,
  };
}

const leavesBorder = ({ rotation, shift, scale }: AugmentOptions): boolean =>
  [...rotation, ...shift].some((value) => value !== 0) || scale[0] < 1;

function blackFill({ augment }: Preset): Finding | null {
  if (augment.fill !== "imgaug-0.4-int" || !leavesBorder(augment)) return null;
  return {
    rule: "black-fill",
    isRefused: false,
    message:
      "what augmentation leaves outside the image is black, an edge to learn from; --augment rnet takes the mean",
    thesis: "section 3.1 has the image's mean, Appendix I a mean that imgaug 0.4 cuts to the integer 0",
  };
}

/** Rows and columns that the pools of a preset, all 2 x 2, leave out; by the layers' names. */
function droppingPools(preset: Preset, outputs: number): { name: string; from: number; to: number }[] {
  return modelOf(preset, outputs)
    .layers.filter(({ layer, input }) => layer.type === "MaxPooling2D" && Number(input[1]) % 2 === 1)
    .map(({ name, input, output }) => ({ name, from: Number(input[1]), to: Number(output[1]) }));
}

/** Sizes that are tried as a cure: R-Net's pools repeat every 8 pixels. */
const sizesToTry = 8;

function poolDropsEdge(preset: Preset, { outputs }: LintFacts): Finding | null {
  const dropping = droppingPools(preset, outputs);
  if (dropping.length === 0) return null;
  const pools = dropping.map(({ name, from, to }) => `${name} (${from} to ${to})`).join(", ");
  const cure = Array.from({ length: sizesToTry }, (_, i) => preset.size + i + 1).find(
    (size) => droppingPools({ ...preset, size }, outputs).length === 0,
  );
  return {
    rule: "pool-drops-edge",
    isRefused: false,
    message: `pools drop the last row and column: ${pools}${cure === undefined ? "" : `; --size ${cure} drops none`}`,
    thesis: preset.network === "rnet" && preset.padding === "valid" ? "Appendix I drops a row; Table 4 does not" : null,
  };
}

function compositionUnderOtherHead({ head }: Preset, { isComposition }: LintFacts): Finding | null {
  if (!isComposition || head === "softmax") return null;
  const fault =
    head === "linear"
      ? "the output is linear: predictions can be negative and need not sum to 1"
      : "the output is a ReLU: predictions need not sum to 1";
  return {
    rule: "composition",
    isRefused: false,
    message: `labels are parts of 1, but ${fault}; --head softmax makes them parts of 1`,
    thesis: "the text has percentages that sum to 1, Appendix I a linear output",
  };
}

function softmaxOnOtherLabels({ head }: Preset, { isComposition }: LintFacts): Finding | null {
  if (isComposition || head !== "softmax") return null;
  return {
    rule: "head",
    isRefused: true,
    message: "labels are no parts of 1, which is all that a softmax output can give; take --head linear",
    thesis: null,
  };
}

function meansOverBatches({ metrics, batch }: Preset, { trainImages }: LintFacts): Finding | null {
  if (metrics === "global") return null;
  const last = trainImages % batch;
  return {
    rule: "batch-means",
    isRefused: false,
    message:
      last > 0 && trainImages > batch
        ? `RMSE and R2 are means over batches: a last batch of ${last} weighs like one of ${batch}`
        : "RMSE and R2 are means over batches: the mean of their roots is not the root of their mean",
    thesis: "Table 3 has an RMSE of 0.0849 beside an MSE of 0.00723, whose root is 0.0850",
  };
}
