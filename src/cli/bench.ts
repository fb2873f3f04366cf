/** `cellgrad bench …`: how fast is it, and of what was possible? Each subcommand is a file of its own, one line here. */
import type { Argv } from "yargs";
import * as all from "./bench-all.ts";
import * as diff from "./bench-diff.ts";
import * as kernels from "./bench-kernels.ts";
import * as memory from "./bench-memory.ts";
import * as peers from "./bench-peers.ts";
import * as roofline from "./bench-roofline.ts";
import * as scaling from "./bench-scaling.ts";
import * as step from "./bench-step.ts";
import * as tune from "./bench-tune.ts";
import { missingCommand } from "./missing-command.ts";

export const builder = (yargs: Argv) =>
  yargs
    .command("kernels", "check every kernel, then time it", kernels.builder, kernels.handler)
    .command("step", "time training steps that follow each other", step.builder, step.handler)
    .command("roofline", "time every launch of a training step", roofline.builder, roofline.handler)
    .command(
      "tune",
      "measure which variants of the kernels are the fastest here, and keep them",
      tune.builder,
      tune.handler,
    )
    .command("memory", "compare the memory of training with its plan", memory.builder, memory.handler)
    .command("scaling", "time steps over batch and image size", scaling.builder, scaling.handler)
    .command("diff <before> <after>", "compare two results", diff.builder, diff.handler)
    .command("all", "all of them and a training, each with a time limit", all.builder, all.handler)
    .command("peers", "train R-Net in cellgrad and in other libraries, in turn", peers.builder, peers.handler)
    .demandCommand(1, missingCommand);

/** yargs calls the subcommand's own. */
export const handler = (): Promise<void> => Promise.resolve();
