import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../sequential.ts";
import { activated, type NetworkOptions } from "./options.ts";

export type TinyOptions = NetworkOptions;

/** R-Net in miniature, two convolutions and a dense layer: for a first look, the page and quick tests. */
export function tiny({ inputShape, outputs, dropout = 0, ...options }: TinyOptions): Sequential {
  const { padding = "valid", activation = "relu", head = "linear" } = options;
  const block = (filters: number) => [
    ...activated(activation, (own) => new Conv2D({ filters, kernelSize: 3, padding, ...own })),
    new BatchNormalization(),
    new MaxPooling2D(),
  ];
  return new Sequential({
    inputShape,
    layers: [
      ...[8, 16].flatMap(block),
      new Flatten(),
      ...activated(activation, (own) => new Dense({ units: 32, ...own })),
      new BatchNormalization(),
      new Dropout({ rate: dropout }),
      new Dense({ units: outputs, activation: head, name: "output" }),
    ],
  });
}
