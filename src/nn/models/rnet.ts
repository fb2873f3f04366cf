import type { Padding, Shape } from "../../shape.ts";
import type { Layer } from "../layer.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dense } from "../layers/dense.ts";
import { Dropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { MaxPooling2D } from "../layers/max-pooling2d.ts";
import { Sequential } from "../sequential.ts";

export interface RNetOptions {
  /** [C, H, W]; the thesis has [1, 128, 128]. */
  readonly inputShape: Shape;
  readonly outputs: number;
  /** "valid" in the thesis's code (Appendix I), "same" in its Table 4. */
  readonly padding?: Padding;
  /** Dropout after each dense layer; the thesis has 0.3. */
  readonly dropout?: number;
}

/**
 * R-Net, the regression network of the thesis: three blocks of two 3 x 3 convolutions and a pool, then dense layers of
 * 128, 64 and 32, each convolution and dense layer followed by batch normalisation, and a linear output.
 *
 * @throws ShapeError if the image is too small for three pools.
 */
export function rNet({ inputShape, outputs, padding = "valid", dropout = 0.3 }: RNetOptions): Sequential {
  const block = (filters: number): Layer[] => [
    new Conv2D({ filters, kernelSize: 3, padding, activation: "relu" }),
    new BatchNormalization(),
    new Conv2D({ filters, kernelSize: 3, padding, activation: "relu" }),
    new BatchNormalization(),
    new MaxPooling2D({ poolSize: 2 }),
  ];
  const fullyConnected = (units: number): Layer[] => [
    new Dense({ units, activation: "relu" }),
    new BatchNormalization(),
    new Dropout({ rate: dropout }),
  ];
  const convolutional = [16, 32, 64].flatMap(block);
  const head = [128, 64, 32].flatMap(fullyConnected);
  const output = new Dense({ units: outputs, name: "output" });
  return new Sequential({ inputShape, layers: [...convolutional, new Flatten(), ...head, output] });
}
