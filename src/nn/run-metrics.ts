/** The scores of a finished run, `metrics.json`: of each part of the split that has images. */
import { z } from "zod";
import { DataError } from "../errors.ts";

const scores = { mse: z.number(), mae: z.number(), rmse: z.number(), mape: z.number(), r2: z.number().nullable() };
const part = z.object({
  n: z.int().positive(),
  ...scores,
  keras: z.object({ rmse: z.number(), r2: z.number() }),
  outputs: z.array(z.object({ name: z.string(), ...scores })),
});
const schema = z.object({ train: part.optional(), validation: part.optional(), test: part.optional() });

export type RunMetrics = z.infer<typeof schema>;

/** @param file stands in messages. @throws DataError if the text holds no such scores. */
export function parseRunMetrics(text: string, file: string): RunMetrics {
  const contract = `${file}: expected a run's scores in JSON`;
  const cure = "Remove it and score again with cellgrad evaluate";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${contract}, got other text. ${cure}`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = ["$", ...(issue?.path ?? [])].join(".");
  throw new DataError(`${contract}, got a mistake at ${where}: ${issue?.message}. ${cure}`);
}
