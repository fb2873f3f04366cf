import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import { addition } from "../../kernels/add.ts";
import { conv2d } from "../../kernels/conv2d.ts";
import { crop2d } from "../../kernels/crop2d.ts";
import { type Pair, type Shape, showShape, sizeOf } from "../../shape.ts";
import { glorotUniform, zeros } from "../initializers.ts";
import type { Layer, LayerContext, ParameterSpec } from "../layer.ts";

export interface ShortcutOptions {
  /** The first of the layers that it goes around: what this one has read is added. */
  readonly from: Layer;
  readonly name?: string;
}

/** How the shortcut meets what it is added to. */
interface Meeting {
  /** Channels that a 1 x 1 convolution has to make; none where they are the same. */
  readonly projection: { readonly from: number; readonly to: number } | undefined;
  readonly size: Pair;
  readonly isCropped: boolean;
}

/**
 * A skip connection, as Keras's `Add` of a block's output and of the block's input: [C, H, W] and [D, I, J] to [C, H, W].
 * The input is cropped to its middle where "valid" padding left the output smaller, which keeps pixels over pixels, and
 * where channels differ a 1 x 1 convolution with bias takes D to C.
 */
export class Shortcut implements Layer {
  readonly type = "Add";
  readonly stem = "shortcut";
  readonly name: string | undefined;
  readonly from: Layer;

  constructor({ from, name }: ShortcutOptions) {
    this.name = name;
    this.from = from;
  }

  outputShape(input: Shape, shortcut: Shape): Shape {
    meetingOf(input, shortcut);
    return input;
  }

  parameters(input: Shape, shortcut: Shape): readonly ParameterSpec[] {
    const { projection } = meetingOf(input, shortcut);
    if (!projection) return [];
    const { from, to } = projection;
    return [
      { name: "weight", shape: [to, from, 1, 1], initializer: glorotUniform, trainable: true },
      { name: "bias", shape: [to], initializer: zeros, trainable: true },
    ];
  }

  macs(input: Shape, shortcut: Shape): number {
    return sizeOf(input) * (meetingOf(input, shortcut).projection?.from ?? 0);
  }

  apply({ tape, parameter, shortcut }: LayerContext, x: Tensor): Tensor {
    if (!shortcut) throw new Error("Shortcut: expected the tensor that it brings, got none");
    const { projection, size, isCropped } = meetingOf(x.shape.slice(1), shortcut.shape.slice(1));
    const cropped = isCropped ? tape.apply(crop2d, [shortcut] as const, { size }) : shortcut;
    const projected = projection
      ? tape.apply(conv2d, [cropped, parameter("weight"), parameter("bias")] as const, {
          ...{ strides: [1, 1] as const, padding: "valid" as const, relu: false },
        })
      : cropped;
    return tape.apply(addition, [x, projected] as const, {});
  }
}

function meetingOf(input: Shape, shortcut: Shape): Meeting {
  const [channels = 0, height = 0, width = 0] = input;
  const [from = 0, inHeight = 0, inWidth = 0] = shortcut;
  if (input.length !== 3 || shortcut.length !== 3 || height > inHeight || width > inWidth) {
    throw new ShapeError(
      `Shortcut: expected layers that take [C, H, W] and give as many rows and columns or fewer, ` +
        `got ${showShape(shortcut)} to ${showShape(input)}`,
    );
  }
  return {
    projection: from === channels ? undefined : { from, to: channels },
    size: [height, width],
    isCropped: height !== inHeight || width !== inWidth,
  };
}
