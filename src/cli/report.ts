/** `cellgrad report`: a run as one HTML file of figures and tables, and the figures as files. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArgumentsCamelCase, Argv } from "yargs";
import { DataError, UsageError } from "../errors.ts";
import type { AdapterRequest } from "../gpu/adapter.node.ts";
import { contradictions } from "../nn/contradictions.ts";
import type { RunConfig } from "../nn/run-config.ts";
import { heldCases, worstOf } from "../report/cases.ts";
import { newDocument } from "../report/document.node.ts";
import type { Figure } from "../report/figure.ts";
import { fileOf } from "../report/figure-file.ts";
import { pageOf } from "../report/page/page.ts";
import { readPictures } from "../report/pictures.node.ts";
import { loadPngDrawer } from "../report/png.node.ts";
import { parsePredictions, type Predictions } from "../report/predictions.ts";
import { galleryCount, type ReportInput, sectionsOf } from "../report/run-report.ts";
import type { Block } from "../report/section.ts";
import { adapterOptions, cacheOption, jsonOption, text } from "./options.ts";
import { note, print, printJson } from "./output.ts";
import { imageFigures } from "./report-images.ts";
import { RunFolder } from "./run-folder.ts";
import { writeWhole } from "./write-whole.ts";

export const builder = (yargs: Argv) =>
  yargs.positional("run", { type: "string", demandOption: true, describe: "a run's folder" }).options({
    out: text("out", { describe: "the HTML file to write (default: report.html in the run's folder)" }),
    figures: text("figures", { describe: "a folder for each figure as SVG and as PNG" }),
    data: text("data", { describe: "where the run's data set is, if it was moved" }),
    device: {
      type: "boolean",
      default: true,
      describe: "open a device for figures of images, feature maps and Grad-CAM; --no-device leaves them out",
    },
    ...cacheOption,
    ...jsonOption,
    ...adapterOptions,
  });

interface Options extends AdapterRequest {
  readonly run: string;
  readonly out: string | undefined;
  readonly figures: string | undefined;
  readonly data: string | undefined;
  readonly device: boolean;
  readonly cache?: boolean | undefined;
  readonly json: boolean;
}

export async function handler(options: ArgumentsCamelCase<Options>): Promise<void> {
  const folder = RunFolder.open(options.run, "See those that there are with cellgrad runs list DIR");
  const out = options.out ?? join(folder.path, "report.html");
  await requireReplaceable(out);
  const pngOf = options.figures === undefined ? undefined : await loadPngDrawer();
  const input = await read(folder, options);
  const sections = sectionsOf(input, newDocument());
  const blocks = sections.flatMap((section) => section.blocks);
  const figures = blocks.flatMap((block) => (block.kind === "figure" ? [block.figure] : []));
  const page = pageOf(input, sections);
  await writeWhole(out, page, "--out");
  if (options.figures !== undefined && pngOf) await writeFigures(options.figures, figures, pngOf);
  if (options.json) printJson(documentOf(out, page, blocks, options.figures));
  else show(out, page, blocks, options.figures);
}

/** @throws UsageError if there is a file that is no HTML, such as one of the run's own: a report would replace it. */
async function requireReplaceable(out: string): Promise<void> {
  const text = await readFile(out, "latin1").catch(() => ""); // nothing, or what writing says more about
  if (text === "" || /^\s*<!doctype html/i.test(text)) return;
  throw new UsageError(
    `--out: expected a new file, or an HTML file to replace, got ${out}, which is another. Name one that ends in .html`,
  );
}

/** @throws DataError if the run was not scored, or a file of it cannot be used. */
async function read(folder: RunFolder, options: Options): Promise<ReportInput> {
  const config = await folder.readConfig();
  const metrics = await folder.readMetrics();
  if (!metrics) {
    throw new DataError(
      `${folder.path}: expected a finished run, got one without metrics.json. ` +
        `Finish it with cellgrad train ${config.data} --resume --out ${folder.path}`,
    );
  }
  const predictions = await readPredictions(folder, config);
  const data = dataOf(config, options.data);
  return {
    run: folder.path,
    date: (await folder.date()).toISOString(),
    config,
    history: await folder.readHistory(),
    metrics,
    predictions,
    contradictions,
    pictures: typeof data === "string" ? await picturesOf(predictions, config, data) : data.missing,
    imageFigures: await imageFiguresOf(folder, config, data, options),
  };
}

async function readPredictions(folder: RunFolder, { outputs }: RunConfig): Promise<Predictions> {
  const file = join(folder.path, "predictions.csv");
  const predictions = parsePredictions(await folder.readPredictions(), file);
  if (predictions.outputs.join("\n") === outputs.join("\n")) return predictions;
  const got = predictions.outputs.join(", ");
  throw new DataError(`${file}: expected the outputs of config.json, ${outputs.join(", ")}, got ${got}`);
}

/** The data set's folder, or what to say where there is none. */
type DataFolder = string | { readonly missing: string };

function dataOf(config: RunConfig, given: string | undefined): DataFolder {
  const folder = given ?? config.data;
  if (existsSync(folder)) return folder;
  if (given !== undefined) throw new DataError(`--data: expected the run's data set, got nothing named ${given}`);
  const missing = `the data set, ${folder}, is not there. Say where it is with --data DATA.`;
  note(missing);
  return { missing };
}

function imageFiguresOf(
  folder: RunFolder,
  config: RunConfig,
  data: DataFolder,
  { device, adapter, software, cache }: Options,
): ReturnType<typeof imageFigures> {
  if (!device) return Promise.resolve("--no-device leaves them out.");
  if (typeof data !== "string") return Promise.resolve(data.missing);
  return imageFigures(folder, config, { data, cache, adapter, software });
}

/** The images of the largest errors. */
async function picturesOf(
  predictions: Predictions,
  config: RunConfig,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const cases = heldCases(predictions, config.preset.batch);
  const names = cases ? worstOf(cases, galleryCount).map(({ image }) => image) : [];
  return readPictures(folder, names, config, ({ message }) => note(message));
}

type PngDrawer = Awaited<ReturnType<typeof loadPngDrawer>>;

async function writeFigures(folder: string, figures: readonly Figure[], pngOf: PngDrawer): Promise<void> {
  for (const { id, svg } of figures) {
    const file = fileOf(svg);
    await writeWhole(join(folder, `${id}.svg`), `${file}\n`, "--figures");
    await writeWhole(join(folder, `${id}.png`), pngOf(file), "--figures");
  }
}

function documentOf(report: string, page: string, blocks: readonly Block[], folder: string | undefined) {
  const file = (id: string, ending: string) => (folder === undefined ? null : join(folder, `${id}.${ending}`));
  return {
    report,
    bytes: Buffer.byteLength(page),
    figures: blocks.flatMap((block) => {
      if (block.kind !== "figure") return [];
      const { id, title } = block.figure;
      return [{ id, title, svg: file(id, "svg"), png: file(id, "png") }];
    }),
    tables: blocks.flatMap((block) =>
      block.kind === "table" ? [{ id: block.table.id, title: block.table.title }] : [],
    ),
    absent: blocks.flatMap((block) => (block.kind === "absent" ? [block.absent] : [])),
  };
}

function show(out: string, page: string, blocks: readonly Block[], folder: string | undefined): void {
  const { bytes, figures, tables, absent } = documentOf(out, page, blocks, folder);
  print(`${out}: ${figures.length} figures and ${tables.length} tables in ${(bytes / 1e6).toFixed(1)} MB`);
  if (folder !== undefined) print(`${folder}: each figure as SVG and as PNG`);
  for (const { what, why } of absent) print(`left out: ${what}: ${why}`);
}
