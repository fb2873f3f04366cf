/** Labels that are 0: there MAPE divides by 1e-7, Keras's floor, so that a few of them decide it. */
import type { Predictions } from "./predictions.ts";

/** How many, such as "37 of 360"; null where none is. @param part of the split, all where nothing is said. */
export function zeroLabelsText({ rows }: Predictions, part?: string): string | null {
  const labels = rows.flatMap(({ split, actual }) => (part === undefined || split === part ? actual : []));
  const zeros = labels.filter((label) => label === 0).length;
  return zeros === 0 ? null : `${zeros.toLocaleString("en")} of ${labels.length.toLocaleString("en")}`;
}
