/** What a cross-validation was asked for: `cv.json`, written before the first training and read to resume it. */
import { z } from "zod";
import { parseChecked } from "../checked-json.ts";
import { DataError } from "../errors.ts";
import { comparedScores } from "./cross-validation.ts";
import { presetSchema } from "./preset.ts";
import { runConfigSchema } from "./run-config.ts";

/** Values of one option that variants differ in, as texts of the command line. */
export interface Variation {
  readonly option: string;
  readonly values: readonly string[];
}

/** A choice of one value for each option that is varied. */
export type Choice = Readonly<Record<string, string>>;

/** All combinations, the last option's values changing first; one empty choice where nothing is varied. */
export const gridOf = (variations: readonly Variation[]): Choice[] =>
  variations.reduce<Choice[]>(
    (choices, { option, values }) =>
      choices.flatMap((choice) => values.map((value) => ({ ...choice, [option]: value }))),
    [{}],
  );

/** The name of a variant and of its folder: `loss=mae,optimizer=adam`. */
export const variantName = (choice: Choice): string =>
  Object.entries(choice)
    .map(([option, value]) => `${option}=${value}`)
    .join(",") || "base";

const crossValidationPlanSchema = z.strictObject({
  /** What every training has but its preset; the seed is that of the first fold, the next has one more, and so on. */
  config: runConfigSchema,
  folds: z.int().min(2),
  /** The images of no fold: the test part of this --split, or of this --split-file. */
  split: z.string(),
  quick: z.boolean(),
  /** The score that decides which variant is the best. */
  by: z.enum(comparedScores).default("mse"),
  vary: z.array(z.strictObject({ option: z.string(), values: z.array(z.string()).min(1).readonly() })).readonly(),
  /** In the order of training. */
  variants: z
    .array(
      z.strictObject({
        name: z.string(),
        choice: z.record(z.string(), z.string()),
        preset: presetSchema,
      }),
    )
    .min(1),
});

/** The file has the result too, once there is one; it follows from the runs. */
const fileSchema = crossValidationPlanSchema.extend({ result: z.unknown() });

export type CrossValidationPlan = z.infer<typeof crossValidationPlanSchema>;
export type Variant = CrossValidationPlan["variants"][number];

/** @param file stands in messages. @throws DataError if the text is no such plan. */
export function parseCrossValidationPlan(text: string, file: string): CrossValidationPlan {
  const contract = `${file}: expected a cross-validation's plan in JSON`;
  const { result: _, ...plan } = parseChecked(fileSchema, text, contract);
  requireOwnNames(plan, contract);
  return plan;
}

/** A variant's name is a folder's: one that its choice does not make could name any. */
function requireOwnNames({ vary, variants }: CrossValidationPlan, contract: string): void {
  const own = gridOf(vary).map(variantName);
  const names = variants.map(({ name }) => name);
  const isOwn = names.length === own.length && names.every((name, i) => name === own[i] && !/[\\/]/.test(name));
  if (!isOwn)
    throw new DataError(`${contract}, got variants named ${names.join(", ")} where --vary makes ${own.join(", ")}`);
}
