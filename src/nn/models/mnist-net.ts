import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../sequential.ts";
import { activated, type NetworkOptions } from "./options.ts";

export type MnistNetOptions = NetworkOptions;

/**
 * The network that the thesis began with, its Table 5: three 3 x 3 convolutions, each with a pool, then dense layers of
 * 256, 128, 64 and 32. The table has sizes of "same" padding and names no activation, normalisation or dropout: ReLU and
 * a linear output are those of R-Net in the thesis's code, and dropout is there only if asked for.
 *
 * @throws ShapeError if the image is too small for three pools.
 */
export function mnistNet({ inputShape, outputs, dropout = 0, ...options }: MnistNetOptions): Sequential {
  const { padding = "same", activation = "relu", head = "linear" } = options;
  const block = (filters: number) => [
    ...activated(activation, (own) => new Conv2D({ filters, kernelSize: 3, padding, ...own })),
    new MaxPooling2D(),
  ];
  const fullyConnected = (units: number) => [
    ...activated(activation, (own) => new Dense({ units, ...own })),
    ...(dropout === 0 ? [] : [new Dropout({ rate: dropout })]),
  ];
  const convolutional = [32, 64, 128].flatMap(block);
  const dense = [256, 128, 64, 32].flatMap(fullyConnected);
  const output = new Dense({ units: outputs, activation: head, name: "output" });
  return new Sequential({ inputShape, layers: [...convolutional, new Flatten(), ...dense, output] });
}
