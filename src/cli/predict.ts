/** `cellgrad predict`: one row an image. */
import { csvFormatRows } from "d3-dsv";
import type { ArgumentsCamelCase, Argv } from "yargs";
import type { ImageFacts } from "../data/image.ts";
import { loadImages } from "../data/load-images.node.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { Predictor } from "../nn/predictor.ts";
import { modelOf } from "../nn/preset.ts";
import { withDevice } from "./device.ts";
import { adapterOptions, jsonOption } from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { sayWhatWasTaken } from "./read-dataset.ts";
import { RunFolder } from "./run-folder.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("run", { type: "string", demandOption: true, describe: "a run's folder" })
    .positional("images", { type: "string", array: true, demandOption: true, describe: "images, or folders of images" })
    .options({ ...jsonOption, ...adapterOptions });

interface Options extends AdapterRequest {
  readonly run: string;
  readonly images: string[];
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run);
  const { preset, outputs, channel, normalize } = await folder.readConfig();
  const { tensors, source } = await folder.readCheckpoint("best");
  const size = [preset.size, preset.size] as const;
  const plan = { size, resize: preset.resize, channel, normalize };
  const { paths, pixels, facts } = await ProgressLine.during((line) =>
    loadImages(options.images, plan, { onProgress: (done, total) => line.show(`reading ${done}/${total} images`) }),
  );
  sayResized(facts, preset.size);
  sayWhatWasTaken(facts, channel);
  const labels = new Float32Array(paths.length * outputs.length);
  const predictions = await withDevice(options, async (device) => {
    const model = modelOf(preset, outputs.length);
    model.write(device, tensors, source);
    const predictor = await Predictor.open(device, model, { size, pixels, labels, outputs }, preset.batch);
    return predictor.predict(Uint32Array.from(paths, (_, i) => i));
  });
  const rows = paths.map((image, i) => {
    const values = [...predictions.subarray(i * outputs.length, (i + 1) * outputs.length)];
    return { image, values };
  });
  if (options.json) {
    const named = (values: number[]) =>
      Object.fromEntries(values.map((value, k) => [outputs[k] ?? "", value] as const));
    printJson(rows.map(({ image, values }) => ({ image, ...named(values) })));
  } else {
    const lines = rows.map(({ image, values }) => [image, ...values.map((value) => value.toFixed(4))]);
    print(csvFormatRows([["image", ...outputs], ...lines]));
  }
}

function sayResized(facts: readonly ImageFacts[], side: number): void {
  const others = facts.filter(({ height, width }) => height !== side || width !== side).length;
  if (others === 0) return;
  const which = others === 1 && facts.length === 1 ? "the image is" : `${others} of ${facts.length} images are`;
  note(`${which} of another size and resized to ${side} x ${side}, as in training`);
}
