/** `cellgrad quickstart`: the whole way once, small enough for a software adapter. Calls the other commands. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { imageName } from "../data/generator/files.ts";
import { UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import * as make from "./data-make.ts";
import * as evaluate from "./evaluate.ts";
import { adapterOptions } from "./options.ts";
import { note } from "./output.ts";
import * as predict from "./predict.ts";
import { walk } from "./stages.ts";
import * as train from "./train.ts";
import { typed } from "./typed.ts";

export const builder = (yargs: Argv) =>
  yargs
    .positional("out", { type: "string", default: "runs/quickstart", describe: "the folder for data and run" })
    .options({ ...adapterOptions });

interface Options extends AdapterRequest {
  readonly out: string;
}

/** How much of everything. */
export interface Plan {
  readonly preset: string;
  readonly images: number;
  readonly size: number;
  readonly epochs: number;
  readonly batch: number;
}

/** With which R-Net learns something within five minutes on two cores. */
const plan: Plan = { preset: "rnet", images: 240, size: 48, epochs: 8, batch: 16 };

export const handler = (options: ArgumentsCamelCase<Options>): Promise<void> => walkThrough(options, plan);

/** The four commands in a row; each is said as one would type it. @throws UsageError if the folder exists. */
export async function walkThrough(options: ArgumentsCamelCase<Options>, plan: Plan): Promise<void> {
  const { out, adapter, software, $0, _ } = options;
  const { preset, images, size, epochs, batch } = plan;
  if (existsSync(out)) {
    throw new UsageError(`quickstart: expected a new folder, got ${out}, which exists. Remove it or name another.`);
  }
  const [data, run] = [join(out, "data"), join(out, "run")];
  const shared = { $0, _, adapter, software: software ?? false, json: false };
  const made = { preset: "easy", count: images, size, seed: 1 };
  const trained = { preset, size, epochs, batch, seed: 1, out: run };
  const some = [0, 1, 2].map((index) => join(data, imageName(index, images)));
  const complete = await walk([
    {
      title: `make ${images} images`,
      command: typed(["data", "make", data], made),
      run: () => make.handler({ ...shared, ...made, out: data }),
    },
    {
      title: "train",
      command: typed(["train", data], trained),
      run: () => train.handler({ ...shared, ...trained, data }),
    },
    {
      title: "evaluate",
      command: typed(["evaluate", run]),
      run: () => evaluate.handler({ ...shared, run, data: undefined, split: undefined }),
    },
    {
      title: "predict",
      command: typed(["predict", run, ...some]),
      run: () => predict.handler({ ...shared, run, images: some }),
    },
  ]);
  if (!complete) return;
  note(`\ndone: images in ${data}, the run (history.csv, metrics.json, predictions.csv, weights) in ${run}`);
}
