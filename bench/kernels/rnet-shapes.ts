/** The layers of R-Net and what goes in and out of them: the shapes that count. */
import { modelOf, presetOf } from "../../src/nn/preset.ts";
import type { Shape } from "../../src/shape.ts";
import type { Shapes } from "./row.ts";

export interface LayerShapes {
  readonly name: string;
  /** With the batch. */
  readonly input: Shape;
  readonly output: Shape;
  /** Of the layer's weights, where it has any. */
  readonly weights: Shape;
}

/** The layers of one of Keras's classes, such as "Conv2D". */
export function rNetLayers(type: string, { batch, size }: Shapes): LayerShapes[] {
  const model = modelOf({ ...presetOf("rnet"), size }, outputs);
  return model.layers
    .filter(({ layer }) => layer.type === type)
    .map(({ name, layer, input, shortcut, output }) => ({
      name,
      input: [batch, ...input],
      output: [batch, ...output],
      weights: layer.parameters(input, shortcut).find((parameter) => parameter.name === "weight")?.shape ?? [],
    }));
}

/** Floats that the optimizer walks over: all trainable parameters, and what aligns them. */
export const rNetParameters = ({ size }: Shapes): number =>
  modelOf({ ...presetOf("rnet"), size }, outputs).trainableSlot.bytes / 4;

/** Numbers that R-Net predicts of an image. */
export const outputs = 3;
