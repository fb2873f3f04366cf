import { sizeOf, type Pair, type Shape } from "../../src/shape.ts";
import { batchNorm } from "./batchNorm.ts";
import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { maxPool2d } from "./maxPool2d.ts";
import { mse } from "./mse.ts";

/** Parameters, gradients or statistics by name: `conv1.weight`, …, `bn9.movingVariance`, `output.bias`. */
export type NamedTensors = ReadonlyMap<string, Float64Array>;

export interface RnetReference {
  readonly loss: number;
  /** `[N, outputs]`. */
  readonly prediction: Float64Array;
  /** By parameter. */
  readonly gradients: NamedTensors;
  /** The moving statistics afterwards. */
  readonly moving: NamedTensors;
}

export interface RnetReferenceOptions {
  /** Of the convolutions, in order; a pooling follows each second one. */
  readonly filters: readonly number[];
  /** Of the hidden dense layers. */
  readonly units: readonly number[];
  readonly outputs: number;
  readonly batchNorm: { readonly epsilon: number; readonly momentum: number };
}

/**
 * The loss of R-Net (preset `thesis-code`, no dropout, training mode, mean squared error) and its gradients, composed
 * of the references of its ops.
 *
 * @param images `[N, 1, H, W]`.
 * @param labels `[N, outputs]`.
 */
export function rnet(
  tensors: NamedTensors,
  images: Float64Array,
  imageShape: Shape,
  labels: Float64Array,
  options: RnetReferenceOptions,
): RnetReference {
  const network = new Recording(tensors, images, imageShape, options.batchNorm);
  options.filters.forEach((filters, i) => {
    network.convolution(`conv${i + 1}`, filters);
    network.normalization(`bn${i + 1}`);
    if (i % 2 === 1) network.pooling();
  });
  network.flatten();
  options.units.forEach((units, i) => {
    network.dense(`dense${i + 1}`, units, true);
    network.normalization(`bn${options.filters.length + i + 1}`);
  });
  network.dense("output", options.outputs, false);
  const { loss, backward } = mse(network.y, labels);
  const prediction = network.y;
  return { loss, prediction, gradients: network.backward(backward().dprediction), moving: network.moving };
}

/** Applies layers one after the other and keeps what their gradients need. */
class Recording {
  y: Float64Array;
  shape: Shape;
  readonly moving = new Map<string, Float64Array>();
  readonly #tensors: NamedTensors;
  readonly #batchNorm: RnetReferenceOptions["batchNorm"];
  readonly #gradients = new Map<string, Float64Array>();
  /** From dy to dx, per layer. */
  readonly #tape: ((dy: Float64Array) => Float64Array)[] = [];

  constructor(tensors: NamedTensors, x: Float64Array, shape: Shape, norm: RnetReferenceOptions["batchNorm"]) {
    this.#tensors = tensors;
    this.#batchNorm = norm;
    this.y = x;
    this.shape = shape;
  }

  convolution(name: string, filters: number): void {
    const wShape = [filters, this.shape[1], 3, 3];
    const [w, bias] = [this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`)];
    const options = { strides: [1, 1], padding: "valid", relu: true } as const;
    const { y, shape, backward } = conv2d(this.y, this.shape, w, wShape, bias, options);
    this.#push(y, shape, (dy) => this.#keepWeights(name, backward(dy)));
  }

  dense(name: string, units: number, relu: boolean): void {
    const [batch, inputs] = this.shape;
    const [w, bias] = [this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`)];
    const xShape: Pair = [batch, inputs];
    const { y, shape, backward } = dense(this.y, xShape, w, [inputs, units], bias, { relu });
    this.#push(y, shape, (dy) => this.#keepWeights(name, backward(dy)));
  }

  normalization(name: string): void {
    const { y, shape, backward, movingMean, movingVariance } = batchNorm(
      this.y,
      this.shape,
      this.#tensor(`${name}.gamma`),
      this.#tensor(`${name}.beta`),
      {
        ...this.#batchNorm,
        training: true,
        movingMean: this.#tensor(`${name}.movingMean`),
        movingVariance: this.#tensor(`${name}.movingVariance`),
      },
    );
    this.moving.set(`${name}.movingMean`, movingMean).set(`${name}.movingVariance`, movingVariance);
    this.#push(y, shape, (dy) => {
      const { dx, dgamma, dbeta } = backward(dy);
      this.#gradients.set(`${name}.gamma`, dgamma).set(`${name}.beta`, dbeta);
      return dx;
    });
  }

  pooling(): void {
    const options = { window: [2, 2], strides: [2, 2], padding: "valid" } as const;
    const { y, shape, backward } = maxPool2d(this.y, this.shape, options);
    this.#push(y, shape, (dy) => backward(dy).dx);
  }

  /** In the order C, H, W: planar data stays where it is. */
  flatten(): void {
    this.shape = [this.shape[0], sizeOf(this.shape.slice(1))];
  }

  backward(dy: Float64Array): NamedTensors {
    this.#tape.reduceRight((d, layer) => layer(d), dy);
    return this.#gradients;
  }

  #push(y: Float64Array, shape: Shape, backward: (dy: Float64Array) => Float64Array): void {
    this.y = y;
    this.shape = shape;
    this.#tape.push(backward);
  }

  #keepWeights(name: string, { dx, dw, dbias }: Record<"dx" | "dw" | "dbias", Float64Array>): Float64Array {
    this.#gradients.set(`${name}.weight`, dw).set(`${name}.bias`, dbias);
    return dx;
  }

  #tensor(name: string): Float64Array {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`reference rnet: expected a tensor ${name}`);
    return tensor;
  }
}
