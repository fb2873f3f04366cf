/** What a preset file or a run's configuration may say of augmentation. */
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { type AugmentOptions, augmentNames, augmentPresets, fills } from "./options.ts";

/** The house's form of a message, for zod. */
const expects = (contract: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `expected ${contract}, got ${JSON.stringify(input)}`,
});

function within(least: number, most: number) {
  const contract = expects(`a number from ${least} to ${most}`);
  return z.number(contract).min(least, contract).max(most, contract);
}

const range = (least: number, most: number) =>
  z
    .tuple([within(least, most), within(least, most)], expects("[low, high]"))
    .refine(([low, high]) => low <= high, expects("[low, high] with low no larger than high"))
    .readonly();

const parametersSchema = z.strictObject(
  {
    name: z.string(),
    rotation: range(-180, 180),
    flipHorizontal: within(0, 1),
    flipVertical: within(0, 1),
    scale: range(0.5, 2),
    scaleAxes: z.enum(["together", "separate"], expects("together or separate")),
    shift: range(-1, 1),
    contrast: range(0, 4),
    multiply: range(0, 4),
    blur: range(0, 1.8),
    fill: z.enum(fills, expects(`one of ${fills.join(", ")}`)),
    interpolations: z.union([z.literal(1), z.literal(2)], expects("1 or 2")),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type"
        ? expects(`one of ${augmentNames.join(", ")} or an object of parameters`).error(issue)
        : undefined, // fields that are missing or unknown are named by zod
  },
);

/** A preset's name, which becomes its parameters, or parameters; any other field is an error. */
export const augmentSchema = z.preprocess(
  (given) => (typeof given === "string" ? (augmentPresets.get(given) ?? given) : given),
  parametersSchema,
);

/** The augmentation of this name, or these parameters once checked. @throws UsageError naming what is wrong with them. */
export function augmentOf(given: string | AugmentOptions): AugmentOptions {
  const result = augmentSchema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageError(`${["augment", ...(issue?.path ?? [])].join(".")}: ${issue?.message}`);
}
