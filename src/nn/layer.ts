/** The contract between a layer and the model. Shapes here are those of one sample: [C, H, W] or [features]. */
import type { Tensor } from "../gpu/tensor.ts";
import type { Padding, Pair, Shape } from "../shape.ts";
import type { Tape } from "./autograd.ts";
import type { Initializer } from "./initializers.ts";

export interface ParameterSpec {
  /** Within the layer: "weight", "gamma". */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** False for statistics that training updates by other means than the gradient. */
  readonly trainable: boolean;
}

/** What a layer needs to record itself. */
export interface LayerContext {
  readonly tape: Tape;
  readonly training: boolean;
  /** Whether dropout drops: in training, and where predictions are sampled. */
  readonly dropout: boolean;
  /** The layer's parameter of this name. */
  readonly parameter: (name: string) => Tensor;
  /** The uniforms that change from step to step. */
  readonly step: Tensor;
  /** The layer's name in the model; its random streams are named by it. */
  readonly layer: string;
  readonly seed: number;
  /** How a fused pair shares its ReLU: this layer leaves its own to the next, or applies that of the one before. */
  readonly fusion: Fusion;
  /** The layer that reads this one's output, if fusing is allowed and this is a training step. */
  readonly fusesWith: Layer | undefined;
  /** In evaluation: the scale and shift of this batch normalisation, if the layer that reads it applies them. */
  readonly statistics: Tensor | undefined;
  /** What the layer that it reads `from` has read. */
  readonly shortcut: Tensor | undefined;
}

export type Fusion = "none" | "leavesRelu" | "takesRelu";

export type Activation = "linear" | "relu" | "softmax";

/** A window that walks over the planes of an image: rows, then columns. */
export interface SlidingWindow {
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

export interface Layer {
  /** Keras's class name. */
  readonly type: string;
  /** Given by the user, or by the model from the type and a count. */
  readonly name: string | undefined;
  /** What `name` counts where the user gave none: "conv" makes conv1, conv2, … */
  readonly stem: string;
  readonly activation?: Activation;
  /** Where an element of the output looks, if the layer takes images; drawings and receptive fields need it. */
  readonly window?: SlidingWindow;
  /** An earlier layer whose input it also reads: a shortcut around the layers between. */
  readonly from?: Layer;
  /** Whether it can apply the ReLU of the layer before it as it reads. */
  readonly takesRelu?: boolean;
  /** Whether it can scale and shift what it reads, for a batch normalisation that leaves this undone. */
  readonly takesNormalisation?: boolean;
  /** @param shortcut what `from` has read; empty without it. @throws ShapeError if it cannot take such an input. */
  outputShape(input: Shape, shortcut: Shape): Shape;
  parameters(input: Shape, shortcut: Shape): readonly ParameterSpec[];
  /** Multiply-adds for one sample. */
  macs(input: Shape, shortcut: Shape): number;
  apply(context: LayerContext, x: Tensor): Tensor;
}
