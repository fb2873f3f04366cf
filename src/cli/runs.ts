/** `cellgrad runs …`: what runs' folders say. No device is opened. */
import type { Argv } from "yargs";
import { missingCommand } from "./missing-command.ts";
import * as diff from "./runs-diff.ts";
import * as list from "./runs-list.ts";
import * as show from "./runs-show.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("list [dir]", "list the runs in a folder", list.builder, list.handler)
    .command("show <run>", "show a run: configuration, epochs, scores, files", show.builder, show.handler)
    .command("diff <a> <b>", "show what differs between two runs", diff.builder, diff.handler)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
