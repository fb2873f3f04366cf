/** What tfjs computes for single ops, all tensors planar, all in float32. `dy` is the gradient that comes in. */
import type { AdamOptions } from "../reference/adam.ts";
import type { Conv2dOptions } from "../reference/conv2d.ts";
import type { MaxPool2dOptions } from "../reference/maxPool2d.ts";
import type { RmspropOptions } from "../reference/rmsprop.ts";
import type { SgdOptions } from "../reference/sgd.ts";
import { readGolden, type GoldenSource, type GoldenTensor } from "./codec.ts";

export interface OpGolden<Options, Names extends string> {
  readonly label: string;
  /** The seed that drew the inputs; they are stored all the same. */
  readonly seed: number;
  readonly options: Options;
  readonly tensors: Readonly<Record<Names, GoldenTensor>>;
}

export interface BatchNormGoldenOptions {
  readonly epsilon: number;
  readonly momentum: number;
  readonly training: boolean;
  readonly relu: boolean;
}

/** `loss` has one element. */
export type LossGolden = OpGolden<Readonly<Record<string, never>>, "prediction" | "target" | "loss" | "dprediction">;

type BatchNormNames = "x" | "gamma" | "beta" | "movingMean" | "movingVariance" | "dy" | "y" | "dx" | "dgamma" | "dbeta";

export interface OpGoldens {
  readonly source: GoldenSource;
  readonly conv2d: readonly OpGolden<Conv2dOptions, "x" | "w" | "bias" | "dy" | "y" | "dx" | "dw" | "dbias">[];
  readonly batchNorm: readonly OpGolden<
    BatchNormGoldenOptions,
    BatchNormNames | "newMovingMean" | "newMovingVariance"
  >[];
  readonly maxPool2d: readonly OpGolden<MaxPool2dOptions, "x" | "dy" | "y" | "dx">[];
  readonly dense: readonly OpGolden<
    { readonly relu: boolean },
    "x" | "w" | "bias" | "dy" | "y" | "dx" | "dw" | "dbias"
  >[];
  readonly relu: readonly OpGolden<Readonly<Record<string, never>>, "x" | "dy" | "y" | "dx">[];
  readonly leakyRelu: readonly OpGolden<{ readonly alpha: number }, "x" | "dy" | "y" | "dx">[];
  readonly softmax: readonly OpGolden<Readonly<Record<string, never>>, "x" | "dy" | "y" | "dx">[];
  /** `keep` is 1 where tfjs kept the element. */
  readonly dropout: readonly OpGolden<{ readonly rate: number }, "x" | "keep" | "dy" | "y" | "dx">[];
  readonly mse: readonly LossGolden[];
  readonly mae: readonly LossGolden[];
  readonly huber: readonly LossGolden[];
  /** Of optimizers `gradients` and `trained` are `[steps, size]`: what comes in at each step and the tensor after it. */
  readonly rmsprop: readonly OpGolden<RmspropOptions, "initial" | "gradients" | "trained">[];
  readonly adam: readonly OpGolden<AdamOptions, "initial" | "gradients" | "trained">[];
  readonly sgd: readonly OpGolden<SgdOptions, "initial" | "gradients" | "trained">[];
}

export const loadOpGoldens = (): OpGoldens => readGolden("ops.json") as OpGoldens;
