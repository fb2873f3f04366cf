/** `cellgrad preset …`: what the presets say. No device is opened. */
import type { Argv } from "yargs";
import { presetNames } from "../nn/preset.ts";
import { missingCommand } from "./missing-command.ts";
import * as diff from "./preset-diff.ts";
import * as list from "./preset-list.ts";
import * as show from "./preset-show.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("list", "list the presets", list.builder, list.handler)
    .command("show <name>", "show all that a preset says", show.builder, show.handler)
    .command("diff <a> <b>", "show what differs between two presets, and why", diff.builder, diff.handler)
    .epilogue(`The presets are ${presetNames.join(", ")}.`)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
