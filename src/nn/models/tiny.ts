import type { Padding, Shape } from "../../shape.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../sequential.ts";

export interface TinyOptions {
  /** [C, H, W]. */
  readonly inputShape: Shape;
  readonly outputs: number;
  readonly padding?: Padding;
  readonly dropout?: number;
}

/** R-Net in miniature, two convolutions and a dense layer: for a first look, the page and quick tests. */
export function tiny({ inputShape, outputs, padding = "valid", dropout = 0 }: TinyOptions): Sequential {
  return new Sequential({
    inputShape,
    layers: [
      new Conv2D({ filters: 8, kernelSize: 3, padding, activation: "relu" }),
      new BatchNormalization(),
      new MaxPooling2D(),
      new Conv2D({ filters: 16, kernelSize: 3, padding, activation: "relu" }),
      new BatchNormalization(),
      new MaxPooling2D(),
      new Flatten(),
      new Dense({ units: 32, activation: "relu" }),
      new BatchNormalization(),
      new Dropout({ rate: dropout }),
      new Dense({ units: outputs, name: "output" }),
    ],
  });
}
