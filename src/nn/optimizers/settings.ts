/** An optimizer as a preset has it: its name, its learning rate and its options. */
import { z } from "zod";
import type { Slot } from "../../gpu/tensor.ts";
import { Adam } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { Rmsprop } from "./rmsprop.ts";
import { Sgd } from "./sgd.ts";

const share = z.number().min(0).lt(1);
const learningRate = z.number().positive();
const epsilon = z.number().min(0);

/** One of them, told apart by `name`; anything else in it is an error. */
export const optimizerSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("rmsprop"),
    learningRate,
    rho: share,
    momentum: share,
    epsilon,
    centered: z.boolean(),
    epsilonPlacement: z.enum(["inside", "outside"]),
  }),
  z.strictObject({ name: z.literal("adam"), learningRate, beta1: share, beta2: share, epsilon }),
  z.strictObject({ name: z.literal("sgd"), learningRate, momentum: share, nesterov: z.boolean() }),
]);

export type OptimizerSettings = z.infer<typeof optimizerSchema>;
export type OptimizerName = OptimizerSettings["name"];

export const optimizerNames = ["rmsprop", "adam", "sgd"] as const satisfies readonly OptimizerName[];

const kerasDefaults: { readonly [Name in OptimizerName]: OptimizerSettings & { readonly name: Name } } = {
  rmsprop: {
    ...{ name: "rmsprop", learningRate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7 },
    ...{ centered: false, epsilonPlacement: "inside" },
  },
  adam: { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  sgd: { name: "sgd", learningRate: 0.01, momentum: 0, nesterov: false },
};

/** These settings where they are of the optimizer that was asked for, if any; else Keras's defaults for that one. */
export const settingsFor = (settings: OptimizerSettings, name = settings.name): OptimizerSettings =>
  settings.name === name ? settings : kerasDefaults[name];

/** @param parameters the slot that holds the parameters. @throws UsageError if a number is out of range. */
export function optimizerFrom(settings: OptimizerSettings, parameters: Slot): Optimizer {
  switch (settings.name) {
    case "rmsprop":
      return new Rmsprop(parameters, settings);
    case "adam":
      return new Adam(parameters, settings);
    case "sgd":
      return new Sgd(parameters, settings);
  }
}
