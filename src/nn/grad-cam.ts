/**
 * Grad-CAM (Selvaraju et al. 2017, section 3) of a regression: where in the feature maps of a convolution lies what
 * moves an output.
 *
 *   weight[n,k,c] = mean over i,j of d prediction[n,k] / d A[n,c,i,j]
 *   signed[n,k,i,j] = sum over c of weight[n,k,c] * A[n,c,i,j]      Grad-CAM = max(signed, 0)
 *
 * A are the convolution's feature maps, with its own activation; leaky ReLU is a layer of its own, which follows. The paper keeps the positive part, which raises a class's
 * score. A regression's output can also be pushed down, so the sign is left in and `positivePart` takes the paper's map.
 */
import { ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { ReadyProgram } from "../gpu/ready-program.ts";
import { pinned, type Tensor } from "../gpu/tensor.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { convolutionsOf } from "./feature-maps.ts";
import { recordObservation, releaseObservation } from "./observation.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Sequential } from "./sequential.ts";

export interface GradCams {
  /** The convolution whose feature maps are weighed. */
  readonly layer: string;
  /** [N, K]. */
  readonly predictions: HostTensor;
  /** [N, C, H, W], the feature maps. */
  readonly activations: HostTensor;
  /** [N, K, C, H, W], d prediction[n,k] / d activations[n,c,i,j]. */
  readonly gradients: HostTensor;
  /** [N, K, H, W], in units of the output. */
  readonly signed: HostTensor;
}

/**
 * The maps of every output for some images, in evaluation mode: moving statistics, no dropout. One Program, which runs
 * once for each output with another seed gradient; images do not mix, so that all N go back at once.
 *
 * @param images [N, ...inputShape], such as `imagesAt` gives.
 * @param layer a layer with planes; by default the last convolution.
 * @throws ShapeError if the images do not fit, or the layer has no planes or does not exist.
 */
export async function gradCams(
  device: Device,
  model: Sequential,
  images: HostTensor,
  layer = convolutionsOf(model).at(-1)?.name ?? "",
): Promise<GradCams> {
  const { program, tape, prediction, outputs } = recordObservation(device, model, images, [layer]);
  const target = outputs.get(layer);
  if (target?.shape.length !== 4) {
    throw new ShapeError(`gradCams: expected a layer with planes [C, H, W], got "${layer}"`);
  }
  const seed = pinned("seed gradient", prediction.shape);
  const gradients = new Map([[prediction, seed]]);
  tape.watch(target);
  tape.backpropagate(gradients);
  const gradient = gradients.get(target);
  if (!gradient) throw new ShapeError(`gradCams: expected a prediction that depends on ${layer}, got another`);
  program.keep(gradient);
  const ready = await program.finish(device);
  const gradientOfAll = await gradientOfEach(ready, seed, gradient);
  const activations = { shape: target.shape, data: await ready.read(target) };
  const predictions = { shape: prediction.shape, data: await ready.read(prediction) };
  releaseObservation(ready, model);
  return {
    ...{ layer, predictions, activations, gradients: gradientOfAll },
    signed: weighed(activations, gradientOfAll),
  };
}

/** Runs the Program once for each output. @returns [N, K, C, H, W]. */
async function gradientOfEach(ready: ReadyProgram, seed: Tensor, gradient: Tensor): Promise<HostTensor> {
  const [batch = 0, outputs = 0] = seed.shape;
  const shape = [batch, outputs, ...gradient.shape.slice(1)];
  const each = sizeOf(gradient.shape.slice(1));
  const data = new Float32Array(sizeOf(shape));
  for (let k = 0; k < outputs; k++) {
    ready.device.write(seed, oneHot(seed.shape, k));
    ready.run();
    const values = await ready.read(gradient);
    for (let n = 0; n < batch; n++) data.set(values.subarray(n * each, (n + 1) * each), (n * outputs + k) * each);
  }
  return { shape, data };
}

/** [N, K]: 1 for output k of every image, so that its gradient alone goes back. */
const oneHot = (shape: Shape, k: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Number(i % (shape[1] ?? 1) === k));

/** @param gradients [N, K, C, H, W] with respect to activations [N, C, H, W]. @returns [N, K, H, W]. */
function weighed(activations: HostTensor, gradients: HostTensor): HostTensor {
  const [batch = 0, count = 0, channels = 0, height = 0, width = 0] = gradients.shape;
  const plane = height * width;
  const data = new Float32Array(batch * count * plane);
  for (let nk = 0; nk < batch * count; nk++) {
    const n = Math.floor(nk / count);
    for (let c = 0; c < channels; c++) {
      const own = (nk * channels + c) * plane;
      const weight = gradients.data.subarray(own, own + plane).reduce((sum, value) => sum + value, 0) / plane;
      const from = (n * channels + c) * plane;
      for (let p = 0; p < plane; p++) data[nk * plane + p]! += weight * activations.data[from + p]!;
    }
  }
  return { shape: [batch, count, height, width], data };
}

/** The paper's map: what raises the output. */
export const positivePart = (map: Float32Array): Float32Array<ArrayBuffer> => map.map((value) => Math.max(value, 0));
