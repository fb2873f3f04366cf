/** How parameters begin, by Keras's rules. Each is a pure function of the seed and the parameter's name. */
import { RandomStream } from "../rng.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Values of a parameter `name` of this shape under a seed, in row-major order. */
export type Initializer = (seed: number, name: string, shape: Shape) => Float32Array<ArrayBuffer>;

export const zeros: Initializer = (_seed, _name, shape) => new Float32Array(sizeOf(shape));

export const ones: Initializer = (_seed, _name, shape) => new Float32Array(sizeOf(shape)).fill(1);

/**
 * Uniform in [-L, L) with L = sqrt(6 / (fanIn + fanOut)), Keras's default for weights (Glorot and Bengio 2010). For
 * convolution weights [Cout, Cin, kH, kW] the fans count the window's positions; for dense weights [in, out] they are
 * the two sizes.
 */
export const glorotUniform: Initializer = (seed, name, shape) => {
  const [fanIn, fanOut] = fansOf(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  const stream = new RandomStream(seed, `init/${name}`);
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * stream.uniform() - 1) * limit);
};

function fansOf(shape: Shape): [fanIn: number, fanOut: number] {
  const [first = 1, second = 1, ...window] = shape;
  return window.length === 0 ? [first, second] : [second * sizeOf(window), first * sizeOf(window)];
}
