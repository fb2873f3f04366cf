/** `cellgrad bench …`: how fast is what the GPU computes? */
import type { Argv } from "yargs";
import * as peers from "./bench-peers.ts";
import { missingCommand } from "./missing-command.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("peers", "train R-Net in cellgrad and in other libraries, in turn", peers.builder, peers.handler)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
