/** Early stopping in a preset, and what a checkpoint keeps of the callbacks, checked. */
import { z } from "zod";
import type { CallbackState } from "./callbacks.ts";
import type { EarlyStoppingOptions } from "./early-stopping.ts";

const count = z.int().min(0);

export const earlyStoppingSchema = z.strictObject({
  patience: count,
  minDelta: z.number().min(0),
  restoreBestWeights: z.boolean(),
  startFromEpoch: count,
}) satisfies z.ZodType<EarlyStoppingOptions>;

export const callbackStateSchema = z.strictObject({
  learningRate: z.number().nullable(),
  plateau: z.strictObject({ best: z.number().nullable(), wait: count, cooldown: count }),
  earlyStopping: z.strictObject({
    best: z.strictObject({ epoch: z.int().positive(), loss: z.number() }).nullable(),
    wait: count,
    isStopped: z.boolean(),
  }),
}) satisfies z.ZodType<CallbackState>;
