import type * as Jax from "@jax-js/jax";
import type { Padding } from "../../src/shape.ts";
import { jaxNetwork, type Normalize, type Tensors } from "./jax-network.ts";
import { rnet } from "./rnet.ts";

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
  const { numpy: np } = jax;
  return (weights, statistics, images, labels) => {
    const moved: Tensors = {};
    const predictions = jaxNetwork(jax, padding, batchNorm(jax, weights, statistics, moved))(weights, images);
    return [np.mean(np.square(predictions.sub(labels))), moved];
  };
}

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
