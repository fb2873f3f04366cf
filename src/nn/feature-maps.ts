/** What layers make of images: their outputs in evaluation mode. */
import type { Device } from "../gpu/device.ts";
import { recordObservation, releaseObservation } from "./observation.ts";
import type { HostTensor } from "./safetensors.ts";
import type { Parameter, PlacedLayer, Sequential } from "./sequential.ts";

/**
 * The outputs of layers for some images, with their own activation (leaky ReLU is a layer of its own), with moving statistics and without dropout.
 *
 * @param images [N, ...inputShape], such as `imagesAt` gives; all N go through at once.
 * @param layers names, as `model.layers` has them.
 * @returns by name and in the order asked for, [N, C, H, W], or [N, features] of a layer without planes.
 * @throws ShapeError if the images do not fit the model, or it has no layer of such a name.
 */
export async function featureMaps(
  device: Device,
  model: Sequential,
  images: HostTensor,
  layers: readonly string[],
): Promise<ReadonlyMap<string, HostTensor>> {
  const observation = recordObservation(device, model, images, layers);
  const ready = await observation.program.finish(device);
  ready.run();
  const maps = new Map<string, HostTensor>();
  for (const layer of layers) {
    const output = observation.outputs.get(layer);
    if (output) maps.set(layer, { shape: output.shape, data: await ready.read(output) });
  }
  releaseObservation(ready, model);
  return maps;
}

/** The parameters of one layer, by its name. */
export const parametersOf = ({ parameters }: Pick<Sequential, "parameters">, layer: string): readonly Parameter[] =>
  [...parameters.values()].filter(({ name }) => name.slice(0, name.lastIndexOf(".")) === layer);

/** The layers with weights and a window: convolutions, in the order of the model. */
export const convolutionsOf = (model: Pick<Sequential, "layers" | "parameters">): readonly PlacedLayer[] =>
  model.layers.filter(({ name, layer }) => layer.window !== undefined && parametersOf(model, name).length > 0);
