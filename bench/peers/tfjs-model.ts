import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { type Problem, weightOf } from "./peer.ts";
import { flattenedShape, isPooled, rnet } from "./rnet.ts";

/** R-Net as a layers model with the problem's weights. */
export function buildModel(tf: typeof Core, tfl: typeof Layers, problem: Problem): Layers.Sequential {
  const model = emptyModel(tfl, problem);
  for (const layer of model.layers) layer.setWeights(layerWeights(tf, layer.name, problem));
  return model;
}

function emptyModel(tfl: typeof Layers, { padding, size, outputs }: Problem): Layers.Sequential {
  const { layers } = tfl;
  const model = tfl.sequential();
  const own = { activation: "relu", kernelInitializer: "zeros" } as const; // the problem's weights replace the zeros
  rnet.filters.forEach((filters, i) => {
    const input = i === 0 ? { inputShape: [size, size, 1] } : {};
    model.add(layers.conv2d({ name: `conv${i + 1}`, filters, kernelSize: 3, padding, ...own, ...input }));
    model.add(layers.batchNormalization({ name: `bn${i + 1}`, ...rnet.batchNorm }));
    if (isPooled(i)) model.add(layers.maxPooling2d({ name: `pool${i + 1}`, poolSize: [2, 2] }));
  });
  model.add(layers.flatten({ name: "flatten" }));
  rnet.units.forEach((units, i) => {
    model.add(layers.dense({ name: `dense${i + 1}`, units, ...own }));
    model.add(layers.batchNormalization({ name: `bn${rnet.filters.length + i + 1}`, ...rnet.batchNorm }));
  });
  model.add(layers.dense({ name: "output", units: outputs, kernelInitializer: "zeros" }));
  return model;
}

/** A layer's tensors in the order of its `setWeights` and in Keras's layouts. */
function layerWeights(tf: typeof Core, layer: string, problem: Problem): Core.Tensor[] {
  const tensor = (part: string): Core.Tensor => {
    const { shape, data } = weightOf(problem, `${layer}.${part}`);
    return tf.tensor(data, [...shape]);
  };
  if (layer.startsWith("bn")) return ["gamma", "beta", "movingMean", "movingVariance"].map(tensor);
  if (layer.startsWith("conv")) return [tf.transpose(tensor("weight"), [2, 3, 1, 0]), tensor("bias")];
  if (layer === "dense1") return [rowsInKerasOrder(tf, tensor("weight"), problem), tensor("bias")];
  if (layer.startsWith("dense") || layer === "output") return [tensor("weight"), tensor("bias")];
  return [];
}

/** Rows in the flatten order C, H, W to rows in the order H, W, C. */
function rowsInKerasOrder(tf: typeof Core, weight: Core.Tensor, { size, padding }: Problem): Core.Tensor {
  const [rows, units] = weight.shape;
  const planar = tf.reshape(weight, [...flattenedShape(size, padding), units]);
  return tf.reshape(tf.transpose(planar, [1, 2, 0, 3]), [rows, units]);
}
