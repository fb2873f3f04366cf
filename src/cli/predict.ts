/** `cellgrad predict`: one row an image. */
import { csvFormatRows } from "d3-dsv";
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { ImageFacts } from "../data/image.ts";
import { loadImages } from "../data/load-images.node.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { Predictor, requireDropout } from "../nn/predictor.ts";
import { modelOf } from "../nn/preset.ts";
import { sampled } from "./evaluate-uncertainty.ts";
import { csvOf, documentOf, type Predicted, rowsOf, sayDoubts } from "./predict-rows.ts";
import { samplingOf, samplingOptions } from "./sampling-options.ts";
import { withDevice } from "./device.ts";
import { adapterOptions, integer, jsonOption } from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { sayWhatWasTaken } from "./read-dataset.ts";
import { RunFolder } from "./run-folder.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("run", { type: "string", demandOption: true, describe: "a run's folder" })
    .positional("images", { type: "string", array: true, demandOption: true, describe: "images, or folders of images" })
    .options({
      ...samplingOptions,
      seed: integer("seed", { describe: "decides what --uncertainty drops (default 0)" }, 0),
      ...jsonOption,
      ...adapterOptions,
    })
    .implies({ samples: "uncertainty", seed: "uncertainty" });

interface Options extends AdapterRequest {
  readonly run: string;
  readonly images: string[];
  readonly uncertainty?: boolean | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run);
  const { preset, outputs, channel, normalize } = await folder.readConfig();
  const sampling = samplingOf(options);
  const model = modelOf(preset, outputs.length);
  if (sampling) requireDropout(model, "--uncertainty");
  const threshold = sampling ? ((await folder.readDoubtThreshold())?.threshold ?? null) : null;
  const { tensors, source } = await folder.readCheckpoint("best");
  const size = [preset.size, preset.size] as const;
  const plan = { size, resize: preset.resize, channel, normalize };
  const { paths, pixels, facts } = await ProgressLine.during((line) =>
    loadImages(options.images, plan, { onProgress: (done, total) => line.show(`reading ${done}/${total} images`) }),
  );
  sayResized(facts, preset.size);
  sayWhatWasTaken(facts, channel);
  const labels = new Float32Array(paths.length * outputs.length);
  const spread = await withDevice(options, async (device): Promise<Predicted> => {
    model.write(device, tensors, source);
    const predictor = await Predictor.open(device, model, { size, pixels, labels, outputs }, preset.batch);
    const all = Uint32Array.from(paths, (_, i) => i);
    return sampling ? sampled(predictor, all, sampling) : { mean: await predictor.predict(all), sd: null };
  });
  const rows = rowsOf(paths, outputs.length, spread, threshold);
  if (sampling) sayDoubts(rows, threshold, options.run);
  if (options.json) printJson(rows.map((row) => documentOf(row, outputs)));
  else print(csvFormatRows(csvOf(rows, outputs)));
}

function sayResized(facts: readonly ImageFacts[], side: number): void {
  const others = facts.filter(({ height, width }) => height !== side || width !== side).length;
  if (others === 0) return;
  const which = others === 1 && facts.length === 1 ? "the image is" : `${others} of ${facts.length} images are`;
  note(`${which} of another size and resized to ${side} x ${side}, as in training`);
}
