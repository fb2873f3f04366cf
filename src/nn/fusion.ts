/** Consecutive layers of a model that one op records in their place: fewer launches, and nothing written between them. */
import type { Tensor } from "../gpu/tensor.ts";
import { denseNorm } from "../kernels/denseNorm.ts";
import { streamKey } from "../rng.ts";
import type { Layer, LayerContext } from "./layer.ts";
import { BatchNormalization } from "./layers/batch-normalization.ts";
import { Dense } from "./layers/dense.ts";
import { Dropout } from "./layers/dropout.ts";

/** A layer with its name in the model. */
interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

/** Layers that one op replaces in training. */
export interface LayerGroup {
  /** Their names, joined by a plus: "dense1+bn7+dropout1". */
  readonly name: string;
  readonly length: number;
  /** Records them. @param contextOf what the layer of this name would record itself with. */
  apply(contextOf: (name: string) => LayerContext, x: Tensor): Tensor;
}

/** The group that begins with the first of these layers, or none. */
export function groupAt(layers: readonly NamedLayer[]): LayerGroup | undefined {
  const [first, second, third] = layers;
  if (!(first?.layer instanceof Dense && second?.layer instanceof BatchNormalization)) return undefined;
  const drop = third?.layer instanceof Dropout ? { name: third.name, rate: third.layer.rate } : undefined;
  return denseNormGroup(
    { name: first.name, layer: first.layer },
    { name: second.name, layer: second.layer },
    drop ?? { name: undefined, rate: 0 },
  );
}

function denseNormGroup(
  dense: { readonly name: string; readonly layer: Dense },
  norm: { readonly name: string; readonly layer: BatchNormalization },
  drop: { readonly name: string | undefined; readonly rate: number },
): LayerGroup {
  const names = [dense.name, norm.name, ...(drop.name === undefined ? [] : [drop.name])];
  return {
    name: names.join("+"),
    length: names.length,
    apply(contextOf, x) {
      const { tape, parameter, step, seed } = contextOf(dense.name);
      const { parameter: ofNorm } = contextOf(norm.name);
      const inputs = [x, parameter("weight"), parameter("bias"), ofNorm("gamma"), ofNorm("beta")] as const;
      return tape.apply(denseNorm, inputs, {
        epsilon: norm.layer.epsilon,
        momentum: norm.layer.momentum,
        relu: dense.layer.activation === "relu",
        movingMean: ofNorm("movingMean"),
        movingVariance: ofNorm("movingVariance"),
        dropout: { rate: drop.rate, key: streamKey(seed, `dropout/${drop.name ?? dense.name}`), step },
      });
    },
  };
}
