/** `cellgrad quickstart`: the whole way once, small enough for a software adapter. Calls the other commands. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import * as make from "./data-make.ts";
import * as evaluate from "./evaluate.ts";
import { adapterOptions } from "./options.ts";
import { note } from "./output.ts";
import * as predict from "./predict.ts";
import * as train from "./train.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("out", { type: "string", default: "runs/quickstart", describe: "the folder for data and run" })
    .options({ ...adapterOptions });

interface Options extends AdapterRequest {
  readonly out: string;
}

/** Sizes at which R-Net learns something within five minutes on two cores. */
const images = 240;
const size = 48;
const epochs = 8;
const batch = 16;

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const { out, adapter, software, $0, _ } = options;
  if (existsSync(out)) {
    throw new UsageError(`quickstart: expected a new folder, got ${out}, which exists. Remove it or name another.`);
  }
  const [data, run] = [join(out, "data"), join(out, "run")];
  const shared = { $0, _, adapter, software: software ?? false, json: false };
  say(`1/4  make ${images} images:  cellgrad data make ${data} --count ${images} --size ${size}`);
  await make.handler({ ...shared, out: data, count: images, size, seed: 1 });
  say(
    `2/4  train:  cellgrad train ${data} --preset rnet --size ${size} --epochs ${epochs} --batch ${batch} --seed 1 --out ${run}`,
  );
  await train.handler({ ...shared, data, preset: "rnet", size, epochs, batch, seed: 1, out: run });
  if (process.exitCode === 130) return;
  say(`3/4  evaluate:  cellgrad evaluate ${run}`);
  await evaluate.handler({ ...shared, run, data: undefined, split: "test" });
  const some = ["img0000.png", "img0001.png", "img0002.png"].map((name) => join(data, name));
  say(`4/4  predict:  cellgrad predict ${run} ${some.join(" ")}`);
  await predict.handler({ ...shared, run, images: some });
  say(`done: images in ${data}, the run (history.csv, metrics.json, predictions.csv, weights) in ${run}`);
}

const say = (line: string) => note(`\n${line}`);
