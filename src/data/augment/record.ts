/** Records the launches that gather a batch with each image varied. */
import blurSource from "../../../shaders/augmentBlur.wgsl?raw";
import source from "../../../shaders/augment.wgsl?raw";
import randomSource from "../../../shaders/random.wgsl?raw";
import stepSource from "../../../shaders/step.wgsl?raw";
import { defineKernel } from "../../gpu/kernel.ts";
import { gridOver } from "../../gpu/launch.ts";
import type { Program } from "../../gpu/program.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { Key } from "../../rng.ts";
import { type Pair, sizeOf } from "../../shape.ts";
import type { AugmentOptions } from "./options.ts";
import { rangesOf } from "./ranges.ts";

const kernel = defineKernel("augment", source, [randomSource, stepSource]);
const blurKernel = defineKernel("augmentBlur", blurSource);

/** An augmentation, and what it takes from the run that it belongs to. */
export interface Augmentation {
  readonly options: AugmentOptions;
  /** `augmentKey` of the run's seed. */
  readonly key: Key;
  /** Mean of all pixels that train, in [0, 1]; a fill may need it. */
  readonly datasetMean: number;
}

/** The data set on the GPU, and where a batch begins in its order. */
export interface AugmentInputs {
  /** [N, H, W], u8. */
  readonly images: Tensor;
  /** [N], of the images in [0, 1]. */
  readonly means: Tensor;
  /** [N, K]. */
  readonly labels: Tensor;
  /** Numbers of images. */
  readonly order: Tensor;
  readonly step: Tensor;
}

export interface AugmentedBatch {
  /** [batch, 1, H, W]. */
  readonly images: Tensor;
  /** [batch, K]. */
  readonly targets: Tensor;
  /** [batch, 20], as shaders/augment.wgsl describes it. */
  readonly draws: Tensor;
}

/** What is outside an image, unless it is the image's own mean. */
export const fillOf = ({ options, datasetMean }: Augmentation): number =>
  options.fill === "imgaug-0.4-int" ? Math.trunc(datasetMean) : datasetMean;

/** Widest blur below which imgaug leaves an image as it is. */
const leastBlur = 1e-3;

/** Floats of an image's draws, five vec4f. */
const drawLength = 20;

/** Floating-point operations a pixel: bilinear interpolations with their coordinates, and the blur's two passes. */
const flopsOf = { once: 22, twice: 100, blur: 9 + 9 };

/**
 * Records two launches, or three where images may be blurred: the draws with the labels, the images, the blur.
 *
 * @param size H, W.
 */
export function recordAugmented(
  program: Program,
  inputs: AugmentInputs,
  { batch, size, outputs }: { readonly batch: number; readonly size: Pair; readonly outputs: number },
  augmentation: Augmentation,
): AugmentedBatch {
  const { step, order, images: source, means, labels } = inputs;
  const constants = constantsOf(augmentation, { batch, size, outputs });
  const draws = program.tensor("draws", [batch, drawLength]);
  const targets = program.tensor("targets", [batch, outputs]);
  program.launch(kernel, "draw", {
    constants,
    bindings: { step, order, means, labels, drawn: draws, targets },
    workgroups: gridOver(batch),
    flops: 0,
    bytesRead: batch * (2 + outputs) * 4,
  });
  const [height, width] = size;
  const pixels = batch * sizeOf(size);
  const warped = program.tensor("images", [batch, 1, ...size]);
  program.launch(kernel, "warp", {
    constants,
    bindings: { step, order, draws, images: source, x: warped },
    workgroups: [Math.ceil(width / 16), Math.ceil(height / 4), batch],
    flops: pixels * (constants["interpolatesTwice"] ? flopsOf.twice : flopsOf.once),
    bytesRead: pixels + batch * drawLength * 4,
  });
  if (augmentation.options.blur[1] < leastBlur) return { images: warped, targets, draws };
  return { images: recordBlur(program, warped, draws), targets, draws };
}

function constantsOf(
  augmentation: Augmentation,
  { batch, size, outputs }: { readonly batch: number; readonly size: Pair; readonly outputs: number },
): Record<string, number | boolean> {
  const { options, key } = augmentation;
  const [height, width] = size;
  return {
    ...{ batch, height, width, outputs, keyLow: key[0], keyHigh: key[1] },
    ...rangesOf(options, size),
    scalesTogether: options.scaleAxes === "together",
    interpolatesTwice: options.interpolations === 2,
    fillsWithMean: options.fill === "image-mean",
    fill: fillOf(augmentation),
  };
}

/** Rows that an invocation blurs. */
const run = 4;

function recordBlur(program: Program, x: Tensor, draws: Tensor): Tensor {
  const [batch = 0, , height = 0, width = 0] = x.shape;
  const y = program.tensor("blurred", x.shape);
  program.launch(blurKernel, "blur", {
    constants: { height, width, run },
    bindings: { draws, x, y },
    workgroups: [Math.ceil(width / 64), Math.ceil(height / run), batch],
    flops: sizeOf(x.shape) * flopsOf.blur,
  });
  return y;
}
