/** What batch normalisations in evaluation mode tell whoever reads their outputs. shaders/batchNormEvaluation.wgsl. */
import source from "../../../shaders/batchNormEvaluation.wgsl?raw";
import { ShapeError } from "../../errors.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import { bindingAlignment, pinned, type Slot, type Tensor, wholeSlot } from "../../gpu/tensor.ts";
import { sizeOf } from "../../shape.ts";
import { leastChannels } from "./statistics.ts";

const kernel = defineKernel("batchNormEvaluation", source);

/** A batch normalisation with its values, all [C]. */
export interface KnownNormalisation {
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly movingMean: Tensor;
  readonly movingVariance: Tensor;
  readonly epsilon: number;
}

/** Bytes of an entry of the statistics. */
const statisticsBytes = 16;
/** Bytes read of an entry: four values, their places, and an epsilon. */
const entryBytes = 4 * 4 + 16 + 4;

/**
 * Records one launch that makes the statistics of all these normalisations from their moving ones: [C or more, 4] of
 * (scale, shift, mean, inverse) each.
 *
 * @throws ShapeError unless all gamma and beta lie in one pinned slot, and all moving statistics in one.
 */
export function evaluationStatistics(program: Program, norms: readonly KnownNormalisation[]): Tensor[] {
  const parameters = slotOf(
    "gamma and beta",
    norms.flatMap(({ gamma, beta }) => [gamma, beta]),
  );
  const moving = slotOf(
    "moving statistics",
    norms.flatMap(({ movingMean, movingVariance }) => [movingMean, movingVariance]),
  );
  const runs = runsOf(norms);
  const entries = runs.reduce((sum, { length }) => sum + length, 0);
  const places = Uint32Array.from(runs.flatMap(({ norm, length }) => placesOf(norm, length)));
  const epsilons = Float32Array.from(runs.flatMap(({ norm, length }) => Array<number>(length).fill(norm.epsilon)));
  const statistics = program.tensor("statistics", [entries, 4]);
  program.launch(kernel, "forward", {
    constants: { entries },
    bindings: {
      ...{ parameters: wholeSlot(parameters), moving: wholeSlot(moving) },
      places: pinned("normalisations.places", [entries, 4], "u32", places),
      epsilons: pinned("normalisations.epsilons", [entries], "f32", epsilons),
      statistics,
    },
    workgroups: gridOver(entries),
    flops: 6 * entries,
    bytesRead: entryBytes * entries,
  });
  return runs.map(({ shown, start }) => ({ ...statistics, shape: [shown, 4], offset: start * statisticsBytes }));
}

/** The entries of each normalisation: those that its readers are shown, and more to begin the next where a binding may. */
function runsOf(norms: readonly KnownNormalisation[]) {
  const aligned = bindingAlignment / statisticsBytes;
  let end = 0;
  return norms.map((norm) => {
    const shown = Math.max(sizeOf(norm.gamma.shape), leastChannels);
    const length = Math.ceil(shown / aligned) * aligned;
    const start = end;
    end += length;
    return { norm, shown, length, start };
  });
}

/** Where gamma, beta, mean and variance of each entry stand in their slots, in floats; the last channel fills the rest. */
function placesOf({ gamma, beta, movingMean, movingVariance }: KnownNormalisation, entries: number): number[] {
  const last = sizeOf(gamma.shape) - 1;
  const tensors = [gamma, beta, movingMean, movingVariance];
  return Array.from({ length: entries }, (_, c) => tensors.map(({ offset }) => offset / 4 + Math.min(c, last))).flat();
}

function slotOf(what: string, tensors: readonly Tensor[]): Slot {
  const [first, ...others] = new Set(tensors.map(({ slot }) => slot));
  if (first?.pinned && others.length === 0) return first;
  const names = tensors.map(({ name }) => name).join(", ");
  throw new ShapeError(`batchNorm: expected ${what} of an evaluation in one pinned slot, got ${names || "none"}`);
}
