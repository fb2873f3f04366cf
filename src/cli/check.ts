/** `cellgrad check …`: is what the GPU computes right? */
import type { Argv } from "yargs";
import * as grads from "./check-grads.ts";
import { missingCommand } from "./missing-command.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("grads", "compare the gradients of a training step with finite differences", grads.builder, grads.handler)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
