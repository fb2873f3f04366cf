import type { Layer } from "../layer.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Shortcut } from "../layers/shortcut.ts";
import { Sequential } from "../sequential.ts";
import { activated, type NetworkOptions } from "./options.ts";

/**
 * The thesis has images [1, 128, 128], dropout 0.3, a linear head, and padding "valid" in its code (Appendix I), "same"
 * in its Table 4.
 */
export interface RNetOptions extends NetworkOptions {
  /** Add the input of each block of two convolutions to its output, ahead of the pool: the thesis's future work. */
  readonly skip?: boolean;
}

/**
 * R-Net, the regression network of the thesis: three blocks of two 3 x 3 convolutions and a pool, then dense layers of
 * 128, 64 and 32, each convolution and dense layer followed by batch normalisation, and a linear output.
 *
 * @throws ShapeError if the image is too small for three pools.
 */
export function rNet({ inputShape, outputs, dropout = 0.3, ...options }: RNetOptions): Sequential {
  const { padding = "valid", activation = "relu", head = "linear", skip = false } = options;
  const block = (filters: number): Layer[] => {
    const convolve = () => activated(activation, (own) => new Conv2D({ filters, kernelSize: 3, padding, ...own }));
    const layers = [...convolve(), new BatchNormalization(), ...convolve(), new BatchNormalization()];
    const shortcuts = skip ? layers.slice(0, 1).map((from) => new Shortcut({ from })) : [];
    return [...layers, ...shortcuts, new MaxPooling2D({ poolSize: 2 })];
  };
  const fullyConnected = (units: number): Layer[] => [
    ...activated(activation, (own) => new Dense({ units, ...own })),
    new BatchNormalization(),
    new Dropout({ rate: dropout }),
  ];
  const convolutional = [16, 32, 64].flatMap(block);
  const dense = [128, 64, 32].flatMap(fullyConnected);
  const output = new Dense({ units: outputs, activation: head, name: "output" });
  return new Sequential({ inputShape, layers: [...convolutional, new Flatten(), ...dense, output] });
}
