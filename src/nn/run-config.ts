/** Everything that decides the result of a run: `config.json`. */
import { z } from "zod";
import { parseChecked } from "../checked-json.ts";
import { type Normalization, parseNormalization } from "../data/normalize.ts";
import { presetSchema } from "./preset.ts";

export const runConfigSchema = z.strictObject({
  /** The version of cellgrad that wrote it. */
  version: z.string(),
  /** The preset with the options of the command line applied. */
  preset: presetSchema,
  /** The data set's folder, as given. */
  data: z.string(),
  outputs: z.array(z.string()).min(1),
  images: z.int().positive(),
  ignoreUnlabelled: z.boolean(),
  /** The channel of each image that was taken, from 1; null for gray. Runs before this was a choice had gray. */
  channel: z.int().positive().nullable().default(null),
  /** How samples became 8-bit gray. */
  normalize: z
    .custom<Normalization>((value) => typeof value === "string" && parseNormalization(value) === value)
    .default("none"),
  seed: z.int().min(0),
  /** The weights that it began with, if not those of the seed: --init-from, and the digest of what the file held. */
  initFrom: z.strictObject({ file: z.string(), weightsSha256: z.string() }).nullable(),
  shuffle: z.boolean(),
  fuse: z.boolean(),
  /** Whether each epoch scores training images in evaluation mode. Runs from before it was done did not. */
  evaluateTraining: z.boolean().default(false),
  /** What runs it; the same bits are promised on one adapter and driver only. */
  adapter: z.strictObject({
    name: z.string(),
    vendor: z.string(),
    type: z.enum(["hardware", "software"]),
    backend: z.string(),
    driver: z.string(),
  }),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** @param file stands in messages. @throws DataError if the text is no such configuration. */
export const parseRunConfig = (text: string, file: string): RunConfig =>
  parseChecked(runConfigSchema, text, `${file}: expected a run's configuration in JSON`);
