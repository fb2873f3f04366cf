/** JSON from a file, checked. */
import type { z } from "zod";
import { DataError } from "./errors.ts";

/**
 * @param contract begins the message: the file, and what was expected of it.
 * @param cure ends it, as a sentence without its full stop.
 * @throws DataError if the text is no JSON, or another document than the schema's.
 */
export function parseChecked<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  contract: string,
  cure?: string,
): z.infer<Schema> {
  const end = cure === undefined ? "" : `. ${cure}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    throw new DataError(`${contract}, got other text${reason}${end}`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DataError(
    `${contract}, got a mistake at ${["$", ...(issue?.path ?? [])].join(".")}: ${issue?.message}${end}`,
  );
}
