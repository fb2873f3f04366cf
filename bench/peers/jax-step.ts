import type * as Jax from "@jax-js/jax";
import type { Padding } from "../../src/shape.ts";
import { isPooled, rnet } from "./rnet.ts";

type Tensors = Record<string, Jax.Array>;

/** All that a step changes, by cellgrad's names. A type, not an interface: jax-js's trees want an index signature. */
export type JaxState = {
  readonly weights: Tensors;
  /** Moving means and variances. */
  readonly statistics: Tensors;
  /** RMSprop's v: the running mean of the squared gradient. */
  readonly squares: Tensors;
};

export type JaxStep = (state: JaxState, images: Jax.Array, labels: Jax.Array) => [JaxState, Jax.Array];

/**
 * A jitted training step of R-Net. jax-js has neither batch norm with moving statistics nor RMSprop, so both are spelled
 * out. An array is consumed by its use; `.ref` is a use that leaves it.
 */
export function jaxStep(jax: typeof Jax, padding: Padding, learningRate: number): JaxStep {
  const update = rmsprop(jax, learningRate);
  const gradient = jax.valueAndGrad(lossFunction(jax, padding), { hasAux: true });
  return jax.jit((state: JaxState, images: Jax.Array, labels: Jax.Array): [JaxState, Jax.Array] => {
    const { weights, statistics, squares } = state;
    const kept = jax.tree.ref(weights);
    const [[loss, moved], gradients] = gradient(weights, statistics, images, labels);
    const next: JaxState = { weights: {}, statistics: moved, squares: {} };
    for (const [name, weight] of Object.entries(kept)) {
      [next.weights[name], next.squares[name]] = update(weight, gradients[name], squares[name]);
    }
    return [next, loss];
  });
}

type Loss = (weights: Tensors, statistics: Tensors, images: Jax.Array, labels: Jax.Array) => [Jax.Array, Tensors];

/** The mean squared error, and the moving statistics after the step. */
function lossFunction(jax: typeof Jax, padding: Padding): Loss {
  const { numpy: np, lax, nn } = jax;
  const convolve = convolution(jax, padding);
  return (weights, statistics, images, labels) => {
    const moved: Tensors = {};
    const normalize = batchNorm(jax, weights, statistics, moved);
    let x = images;
    rnet.filters.forEach((filters, i) => {
      const layer = `conv${i + 1}`;
      const bias = weights[`${layer}.bias`].reshape([1, filters, 1, 1]);
      x = nn.relu(convolve(x, weights[`${layer}.weight`]).add(bias));
      x = normalize(`bn${i + 1}`, x, [0, 2, 3]);
      if (isPooled(i)) x = lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2]);
    });
    x = x.reshape([x.shape[0], -1]);
    rnet.units.forEach((_, i) => {
      x = nn.relu(np.matmul(x, weights[`dense${i + 1}.weight`]).add(weights[`dense${i + 1}.bias`]));
      x = normalize(`bn${rnet.filters.length + i + 1}`, x, [0]);
    });
    const predictions = np.matmul(x, weights["output.weight"]).add(weights["output.bias"]);
    return [np.mean(np.square(predictions.sub(labels))), moved];
  };
}

/**
 * A 3x3 convolution that is mapped over the images. The filter gradient of a whole batch is wrong in version 0.1.25 where
 * a stride of its kernel passes 2^31 and wraps: with 8 images of 128 x 128 under "same" it is 8 * (130 * 129)^2. Mapped,
 * the gradient is right, and no slower.
 */
function convolution({ lax, vmap }: typeof Jax, padding: Padding): (x: Jax.Array, weight: Jax.Array) => Jax.Array {
  const pad = padding === "same" ? "SAME" : "VALID";
  const ofOne = vmap((image: Jax.Array, weight: Jax.Array) => lax.conv(image, weight, [1, 1], pad), [0, null]);
  return (x, weight) => {
    const [batch, ...image] = x.shape;
    const y = ofOne(x.reshape([batch, 1, ...image]), weight);
    return y.reshape([batch, ...y.shape.slice(2)]);
  };
}

type Normalize = (layer: string, x: Jax.Array, axes: number[]) => Jax.Array;

/** Training-mode batch norm over `axes`, with the population variance; fills `moved`. */
function batchNorm(jax: typeof Jax, weights: Tensors, statistics: Tensors, moved: Tensors): Normalize {
  const { numpy: np, lax } = jax;
  const { momentum, epsilon } = rnet.batchNorm;
  const move = (name: string, batch: Jax.Array): void => {
    moved[name] = statistics[name].mul(momentum).add(lax.stopGradient(batch.flatten()).mul(1 - momentum));
  };
  return (layer, x, axes) => {
    const mean = np.mean(x.ref, axes, { keepdims: true });
    const centred = x.sub(mean.ref);
    const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
    move(`${layer}.movingMean`, mean);
    move(`${layer}.movingVariance`, variance.ref);
    const perChannel = (part: string): Jax.Array => weights[`${layer}.${part}`].reshape(variance.shape);
    const beta = perChannel("beta");
    const scale = perChannel("gamma").div(np.sqrt(variance.add(epsilon)));
    return centred.mul(scale).add(beta);
  };
}

type Update = (weight: Jax.Array, g: Jax.Array, v: Jax.Array) => [weight: Jax.Array, v: Jax.Array];

function rmsprop({ numpy: np }: typeof Jax, learningRate: number): Update {
  const { rho, epsilon } = rnet.rmsprop;
  return (weight, g, v) => {
    const square = v.mul(rho).add(np.square(g.ref).mul(1 - rho));
    const root = np.sqrt(square.ref.add(epsilon));
    return [weight.sub(g.mul(learningRate).div(root)), square];
  };
}
