/** A chain of layers as blocks to draw: a layer that makes something of another size, and those that follow it. */
import type { Layer } from "../../nn/layer.ts";
import type { PlacedLayer } from "../../nn/sequential.ts";
import { type Shape, sizeOf } from "../../shape.ts";

export type BlockKind = "input" | "convolution" | "pooling" | "dense" | "other";

export interface Block {
  readonly kind: BlockKind;
  readonly name: string;
  /** What the layer does: "3 × 3, ReLU". */
  readonly operation: string;
  /** Of one sample: [C, H, W] or [features]. */
  readonly shape: Shape;
  /** Its own and its followers', moving statistics included. */
  readonly parameters: number;
  /** Names of the layers that follow and keep the size: normalisation, dropout, flattening. */
  readonly followers: readonly string[];
  /** Whether one of them normalises. */
  readonly isNormalised: boolean;
}

/** The input and then the blocks of a model, in its order. */
export function blocksOf(inputShape: Shape, layers: readonly PlacedLayer[]): Block[] {
  const input: Block = {
    ...{ kind: "input", name: "input", operation: "image", shape: inputShape },
    ...{ parameters: 0, followers: [], isNormalised: false },
  };
  return layers.reduce<Block[]>(
    (blocks, placed) => {
      const previous = blocks.at(-1);
      if (begins(placed) || !previous) return [...blocks, blockOf(placed)];
      return [...blocks.slice(0, -1), followed(previous, placed)];
    },
    [input],
  );
}

const countOf = ({ layer, input }: PlacedLayer): number =>
  layer.parameters(input).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** A matrix or kernel of weights, unlike a normalisation's vectors. */
const hasWeights = ({ layer, input }: PlacedLayer): boolean =>
  layer.parameters(input).some(({ shape }) => shape.length > 1);

const begins = (placed: PlacedLayer): boolean =>
  placed.layer.window !== undefined || hasWeights(placed) || sizeOf(placed.input) !== sizeOf(placed.output);

function kindOf(placed: PlacedLayer): BlockKind {
  if (placed.layer.window) return hasWeights(placed) ? "convolution" : "pooling";
  return hasWeights(placed) && placed.output.length === 1 ? "dense" : "other";
}

const activationOf = ({ activation }: Layer): string => (activation === "relu" ? "ReLU" : (activation ?? ""));

function blockOf(placed: PlacedLayer): Block {
  const { name, layer, output } = placed;
  const kind = kindOf(placed);
  const what = layer.window ? layer.window.size.join(" × ") : kind === "dense" ? "dense" : layer.type;
  const parts = [what, kind === "pooling" ? layer.type.replace(/Pooling.*/, "").toLowerCase() : activationOf(layer)];
  return {
    ...{ kind, name, operation: parts.filter((part) => part !== "").join(", "), shape: output },
    ...{ parameters: countOf(placed), followers: [], isNormalised: false },
  };
}

const followed = (block: Block, placed: PlacedLayer): Block => ({
  ...block,
  parameters: block.parameters + countOf(placed),
  followers: [...block.followers, placed.name],
  isNormalised: block.isNormalised || placed.layer.type.includes("Normalization"),
});
