/**
 * The command line. Exit status: 0 done, 1 failed, 2 misused. Each command is a file of its own that exports
 * `builder`, which declares its options, and `handler`; it is loaded when it is called.
 */
import yargs, { type ArgumentsCamelCase, type Argv } from "yargs";
import { UsageError } from "../errors.ts";
import { missingCommand } from "./missing-command.ts";
import { note } from "./output.ts";
import { version } from "./version.ts";

interface CommandFile<Options> {
  readonly builder: (yargs: Argv) => Argv<Options>;
  readonly handler: (options: ArgumentsCamelCase<Options>) => Promise<void>;
}

interface Entry {
  readonly name: string;
  readonly addTo: (parser: Argv) => void;
}

/** @param usage the command's name, and its arguments as yargs writes them. */
function command<Options>(usage: string, describe: string, load: () => Promise<CommandFile<Options>>): Entry {
  const builder = async (parser: Argv) => (await load()).builder(parser);
  const handler = async (options: ArgumentsCamelCase<Options>) => (await load()).handler(options);
  const [name = ""] = usage.split(" ");
  return { name, addTo: (parser) => void parser.command(usage, describe, builder, handler) };
}

const commands = [
  command("doctor", "show which adapter would run, why, and how fast it is", () => import("./doctor.ts")),
  command("model <preset>", "show a network: layers, counts, launches", () => import("./model.ts")),
  command("check", "check what the GPU computes", () => import("./check.ts")),
  command("bench", "measure kernels and training steps", () => import("./bench.ts")),
  command("data", "make a data set, show one, or say what is in it", () => import("./data.ts")),
  command("lint <data>", "find what cannot work, before training", () => import("./lint.ts")),
  command("train <data>", "train a network on a folder of images and labels", () => import("./train.ts")),
  command("lr-find <data>", "find a learning rate, by a sweep that changes nothing", () => import("./lr-find.ts")),
  command("cv <data>", "compare variants of a training over K folds", () => import("./cv.ts")),
  command("evaluate <run> [data]", "score a run's best weights", () => import("./evaluate.ts")),
  command("predict <run> <images..>", "predict images with a run's best weights", () => import("./predict.ts")),
  command("preset", "list presets, show one, compare two", () => import("./preset.ts")),
  command("report <run>", "write a run's figures and tables as one HTML file", () => import("./report.ts")),
  command("runs", "list runs, show one, compare two", () => import("./runs.ts")),
  command(
    "reproduce <experiment>",
    "redo the thesis: data, training, evaluation, report",
    () => import("./reproduce.ts"),
  ),
  command("quickstart [out]", "make images, train, evaluate, predict", () => import("./quickstart.ts")),
];

function createParser(args: readonly string[]): Argv {
  const parser = yargs([...args])
    .scriptName("cellgrad")
    .usage("$0 <command>\n\nTrains R-Net, a small regression network for microscopy, on the GPU.")
    .version(version)
    .parserConfiguration({ "parse-numbers": false }) // yargs would read "--batch 8 --batch 1" as 9
    .option("debug", { type: "boolean", default: false, describe: "show the stack of an error" })
    .demandCommand(1, missingCommand)
    .strict()
    .recommendCommands()
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UsageError(message ?? "expected a command that can be run, got one that cannot");
    });
  for (const { addTo } of commands) addTo(parser);
  return parser;
}

/** Runs one command and returns the exit status; a command that was interrupted has set its own. */
async function main(args: readonly string[]): Promise<number> {
  const parser = createParser(args);
  try {
    await parser.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return await report(error, args, parser);
  }
}

async function report(error: unknown, args: readonly string[], parser: Argv): Promise<number> {
  const { message, stack, name } = error instanceof Error ? error : new Error(String(error));
  if (message === missingCommand) {
    note(await parser.getHelp());
    return 2;
  }
  note(`cellgrad: ${message}`);
  if (args.includes("--debug") && stack) note(stack);
  // yargs throws errors of its own, and wraps in them what the check of an option's value throws.
  if (!(error instanceof UsageError) && name !== "YError") return 1;
  const known = commands.find(({ name: own }) => own === args[0]);
  note(`see ${["cellgrad", ...(known ? [known.name] : []), "--help"].join(" ")}`);
  return 2;
}

// `cellgrad … | head` closes the pipe early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});
process.exitCode = await main(process.argv.slice(2));
