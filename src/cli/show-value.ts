/** Values as cells of a table. */

/** Text as it is, everything else as JSON; nothing at all is a dash. */
export function showValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "-");
}

/** A score, or a dash where there is none. */
export const showScore = (value: number | null | undefined): string => value?.toPrecision(5) ?? "-";
