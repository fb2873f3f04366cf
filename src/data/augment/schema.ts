/** What a preset file or a run's configuration may say of augmentation. */
import { z } from "zod";
import { augmentOf } from "./check.ts";

/** A preset's name, which becomes its parameters, or parameters. */
export const augmentSchema = z.unknown().transform((given, context) => {
  try {
    return augmentOf(given);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});
