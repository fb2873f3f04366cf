/** What the networks of the presets have in common. */
import type { Padding, Shape } from "../../shape.ts";
import type { Activation, Layer } from "../layer.ts";
import { LeakyReLU } from "../layers/leaky-relu.ts";

/** After every layer but the last: max(x, 0), or Keras's `LeakyReLU` with its slope of 0.3 for negative x. */
export const hiddenActivations = ["relu", "leaky-relu"] as const;
export type HiddenActivation = (typeof hiddenActivations)[number];

/** Of the last layer. */
export const heads = ["linear", "relu", "softmax"] as const satisfies readonly Activation[];
export type Head = (typeof heads)[number];

export interface NetworkOptions {
  /** [C, H, W]. */
  readonly inputShape: Shape;
  readonly outputs: number;
  readonly padding?: Padding;
  /** Dropout after each dense layer but the last. */
  readonly dropout?: number;
  readonly activation?: HiddenActivation;
  readonly head?: Head;
}

/** A layer with its activation, which is a layer of its own if it is leaky. */
export const activated = (
  activation: HiddenActivation,
  layer: (own: { readonly activation: "relu" | "linear" }) => Layer,
): Layer[] =>
  activation === "relu" ? [layer({ activation: "relu" })] : [layer({ activation: "linear" }), new LeakyReLU()];
