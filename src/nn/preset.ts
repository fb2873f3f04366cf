/** Presets: checked JSON that says which network is trained, and how. */
import { z } from "zod";
import { augmentSchema } from "../data/augment/schema.ts";
import { UsageError } from "../errors.ts";
import { scheduleSchema } from "./callbacks/schedule-request.ts";
import { earlyStoppingSchema } from "./callbacks/schemas.ts";
import { lintRules } from "./lint-finding.ts";
import { lossNames } from "./losses.ts";
import { mnistNet } from "./models/mnist-net.ts";
import { heads, hiddenActivations } from "./models/options.ts";
import { rNet } from "./models/rnet.ts";
import { tiny } from "./models/tiny.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import { optimizerFrom, optimizerSchema } from "./optimizers/settings.ts";
import mnistNetPreset from "./presets/mnist-net.json" with { type: "json" };
import rnetPreset from "./presets/rnet.json" with { type: "json" };
import thesisCode from "./presets/thesis-code.json" with { type: "json" };
import thesisTable from "./presets/thesis-table.json" with { type: "json" };
import thesisText from "./presets/thesis-text.json" with { type: "json" };
import tinyPreset from "./presets/tiny.json" with { type: "json" };
import type { Sequential } from "./sequential.ts";

const share = z.number().min(0).lt(1);
/** More is a mistake, and no device holds it: of a file, where an option would have been refused. */
export const largestSize = 4096;
export const largestBatch = 65_536;
const count = z.int().positive();

/** What a preset file may hold; anything else in it is an error. */
export const presetSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  network: z.enum(["rnet", "mnist-net", "tiny"]),
  padding: z.enum(["valid", "same"]),
  /** After every layer but the last. Runs from before it was there had ReLU, a linear head and no shortcuts. */
  activation: z.enum(hiddenActivations).prefault("relu"),
  /** The activation of the last layer. */
  head: z.enum(heads).prefault("linear"),
  /** Whether R-Net's blocks have shortcuts. */
  skip: z.boolean().prefault(false),
  /** Dropout after each dense layer. */
  dropout: share,
  /** Height and width that images are resized to. */
  size: count.max(largestSize),
  resize: z.enum(["area", "cv2-linear"]),
  /** How training images are varied: a name, which becomes its parameters. Runs from before it was there had none. */
  augment: augmentSchema.prefault("none"),
  batch: count.max(largestBatch),
  epochs: count,
  optimizer: optimizerSchema,
  loss: z.enum(lossNames),
  /** How the learning rate changes. Runs from before there was a choice kept theirs. */
  schedule: scheduleSchema.prefault({ name: "constant" }),
  earlyStopping: earlyStoppingSchema.nullable().default(null),
  /** Penalties on the weights of convolutions and dense layers. Runs from before they were there had none. */
  l1: z.number().min(0).prefault(0),
  l2: z.number().min(0).prefault(0),
  /** Which RMSE and R2 are shown first: of all values at once, or Keras's means over batches. */
  metrics: z.enum(["global", "keras-batch"]).default("global"),
  /** Findings of lint that count as none, and why. */
  accepts: z.partialRecord(z.enum(lintRules), z.string().min(1)).default({}),
});

export type Preset = z.infer<typeof presetSchema>;

const presets: ReadonlyMap<string, Preset> = new Map(
  [thesisCode, thesisTable, thesisText, rnetPreset, mnistNetPreset, tinyPreset].map((given) => {
    const preset = presetSchema.parse(given);
    return [preset.name, preset];
  }),
);

export const presetNames: readonly string[] = [...presets.keys()];

/** The preset of this name. @throws UsageError naming those that there are. */
export function presetOf(name: string): Preset {
  const preset = presets.get(name);
  if (!preset) throw new UsageError(`--preset: expected one of ${presetNames.join(", ")}, got "${name}"`);
  return preset;
}

/**
 * The network of a preset for gray images of its size.
 *
 * @throws ShapeError if the size is too small.
 * @throws UsageError for shortcuts in a network that has no blocks for them.
 */
export function modelOf({ network, skip, size, ...preset }: Preset, outputs: number): Sequential {
  const { padding, dropout, activation, head } = preset;
  const options = { inputShape: [1, size, size], outputs, padding, dropout, activation, head };
  if (network === "rnet") return rNet({ ...options, skip });
  if (skip) {
    throw new UsageError(`--skip: expected the network "rnet", whose blocks have two convolutions, got "${network}"`);
  }
  return network === "tiny" ? tiny(options) : mnistNet(options);
}

/** The optimizer of a preset, for a model's parameters. */
export function optimizerOf({ optimizer }: Preset, model: Sequential): Optimizer {
  return optimizerFrom(optimizer, model.trainableSlot);
}
