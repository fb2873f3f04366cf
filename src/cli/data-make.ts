/** `cellgrad data make`: a synthetic phase-contrast data set. */
import type { ArgumentsCamelCase, Argv } from "yargs";
import { defaultCells, defaultSize } from "../data/generator/options.ts";
import { makeDataset } from "../data/make.node.ts";
import { jsonOption, positiveInteger, seedOption } from "./options.ts";
import { print, printJson } from "./output.ts";
import { ProgressLine } from "./progress.ts";

export const builder = (yargs: Argv) =>
  yargs.positional("out", { type: "string", demandOption: true, describe: "the folder to make" }).options({
    count: positiveInteger("count", { default: 1000, describe: "images" }),
    size: positiveInteger("size", { default: defaultSize, describe: "height and width of an image" }),
    ...seedOption,
    ...jsonOption,
  });

interface Options {
  readonly out: string;
  readonly count: number;
  readonly size: number;
  readonly seed: number;
  readonly json: boolean;
}

export async function handler({ out, count, size, seed, json }: ArgumentsCamelCase<Options>): Promise<void> {
  await ProgressLine.during((line) => {
    const onProgress = (done: number) => line.show(`making ${done}/${count} images`);
    return makeDataset(out, { count, size, seed, cells: defaultCells, onProgress });
  });
  if (json) printJson({ data: out, count, size, seed });
  else print(`${count} images of ${size} x ${size} in ${out}`);
}
