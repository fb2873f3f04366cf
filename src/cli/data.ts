/** `cellgrad data …`: commands on data sets. */
import type { Argv } from "yargs";
import * as card from "./data-card.ts";
import * as make from "./data-make.ts";
import * as show from "./data-show.ts";
import { missingCommand } from "./missing-command.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("make <out>", "make a synthetic phase-contrast data set", make.builder, make.handler)
    .command("card <data>", "say what is in a data set and what its labels can bear", card.builder, card.handler)
    .command("show <data>", "draw a contact sheet of a data set", show.builder, show.handler)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
