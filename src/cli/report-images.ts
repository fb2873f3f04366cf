/** The figures of a report that need the run's images and a device: contact sheets, the network, what it sees. */
import { CellgradError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { modelOf } from "../nn/preset.ts";
import type { RunConfig } from "../nn/run-config.ts";
import type { Figure } from "../report/figure.ts";
import { runFigures } from "../report/seen/figures.node.ts";
import { withDevice } from "./device.ts";
import { note } from "./output.ts";
import { readDataset } from "./read-dataset.ts";
import type { RunFolder } from "./run-folder.ts";

/** How to read the images, and on which adapter to run the network. */
export interface ImageOptions extends AdapterRequest {
  /** The data set's folder. */
  readonly data: string;
  readonly cache?: boolean | undefined;
}

/**
 * Figures in the report's order; or why there are none, also said on stderr: without a device, without the weights, or
 * with other images than the run's, the rest of the report stands.
 */
export async function imageFigures(
  folder: RunFolder,
  config: RunConfig,
  options: ImageOptions,
): Promise<readonly Figure[] | string> {
  try {
    return await draw(folder, config, options);
  } catch (error) {
    if (!(error instanceof CellgradError)) throw error;
    note(error.message);
    return error.message;
  }
}

async function draw(
  folder: RunFolder,
  { preset, outputs, channel, normalize, ignoreUnlabelled, seed }: RunConfig,
  { data, cache, ...request }: ImageOptions,
): Promise<readonly Figure[]> {
  const { tensors, source } = await folder.readCheckpoint("best");
  const dataset = await readDataset(data, {
    ...{ size: preset.size, resize: preset.resize, channel, normalize, ignoreUnlabelled, cache },
    labelColumns: outputs,
  });
  const split = await folder.readSplit(dataset.names);
  const model = modelOf(preset, outputs.length);
  return withDevice(request, (device) => {
    model.write(device, tensors, source);
    return runFigures(device, { model, dataset, split, batch: preset.batch, augment: preset.augment, seed });
  });
}
