/**
 * Which layers of a model share work: a ReLU that the next layer applies, consecutive layers that one op records in their
 * place, and in evaluation a batch normalisation that the next layer applies. All need an output that the next layer alone
 * reads, so none crosses the beginning of a shortcut.
 */
import type { Tensor } from "../gpu/tensor.ts";
import { evaluationStatistics } from "../kernels/batchNorm/evaluation.ts";
import { denseNorm } from "../kernels/denseNorm.ts";
import { streamKey } from "../rng.ts";
import type { Fusion, Layer, LayerContext } from "./layer.ts";
import { BatchNormalization } from "./layers/batch-normalization.ts";
import { Dense } from "./layers/dense.ts";
import { Dropout } from "./layers/dropout.ts";
import type { Tape } from "./autograd.ts";

/** A layer with its name in the model. */
interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

const isReadTwice = (layers: readonly NamedLayer[], i: number): boolean =>
  layers.some(({ layer }) => layer.from !== undefined && layer.from === layers[i]?.layer);

/** Layer i and those after it, up to where a shortcut begins: within them an output is read by the next layer alone. */
export function chainFrom<Placed extends NamedLayer>(layers: readonly Placed[], i: number): readonly Placed[] {
  const end = layers.findIndex((_, j) => j > i && isReadTwice(layers, j));
  return layers.slice(i, end < 0 ? layers.length : end);
}

/** How layer i shares a ReLU with a neighbour. */
export function fusionOf(layers: readonly NamedLayer[], i: number): Fusion {
  const leavesRelu = (j: number): boolean =>
    layers[j]?.layer.activation === "relu" && layers[j + 1]?.layer.takesRelu === true && !isReadTwice(layers, j + 1);
  if (leavesRelu(i)) return "leavesRelu";
  return leavesRelu(i - 1) ? "takesRelu" : "none";
}

/**
 * Records, in evaluation, the scale and shift of every batch normalisation whose reader applies them, in one launch.
 *
 * @param parameterOf the parameter or moving statistic of this name in the model.
 * @returns them by the layer's name.
 */
export function recordStatistics(
  tape: Tape,
  layers: readonly NamedLayer[],
  parameterOf: (name: string) => Tensor,
): ReadonlyMap<string, Tensor> {
  const norms = layers.flatMap(({ name, layer }, i) =>
    layer instanceof BatchNormalization && chainFrom(layers, i)[1]?.layer.takesNormalisation ? [{ name, layer }] : [],
  );
  if (norms.length === 0) return new Map();
  const known = norms.map(({ name, layer: { epsilon } }) => ({
    gamma: parameterOf(`${name}.gamma`),
    beta: parameterOf(`${name}.beta`),
    movingMean: parameterOf(`${name}.movingMean`),
    movingVariance: parameterOf(`${name}.movingVariance`),
    epsilon,
  }));
  const names = norms.map(({ name }) => name).join("+");
  const statistics = tape.within(names, () => evaluationStatistics(tape.program, known));
  return new Map(norms.map(({ name }, i) => [name, statistics[i]!]));
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
  if (first.layer.activation === "softmax") return undefined;
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
