/** What a preset file or a run's configuration may say of augmentation. */
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { type AugmentOptions, augmentNames, augmentPresets, fills } from "./options.ts";

const range = (least: number, most: number) =>
  z
    .tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([low, high]) => low <= high, { error: "expected [low, high] with low no larger than high" })
    .readonly();
const probability = z.number().min(0).max(1);

const parametersSchema = z.strictObject(
  {
    name: z.string(),
    rotation: range(-180, 180),
    flipHorizontal: probability,
    flipVertical: probability,
    scale: range(0.5, 2),
    scaleAxes: z.enum(["together", "separate"]),
    shift: range(-2, 2),
    contrast: range(0, 4),
    multiply: range(0, 4),
    blur: range(0, 1.8),
    fill: z.enum(fills),
    interpolations: z.union([z.literal(1), z.literal(2)]),
  },
  {
    error: ({ code, input }) =>
      code === "invalid_type"
        ? `expected one of ${augmentNames.join(", ")} or an object of parameters, got ${JSON.stringify(input)}`
        : undefined,
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
