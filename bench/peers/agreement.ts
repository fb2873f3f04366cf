import type { Task } from "./peer.ts";

/** Whether a system did the same work as the first. */
export interface Agreement {
  /** Largest distance from the first system's values, as a share of the largest of these. */
  readonly difference: number;
  readonly agrees: boolean;
}

/**
 * The difference at which two systems cannot have done the same work. Ten training steps magnify rounding; a forward
 * pass does not.
 */
const tolerance: Record<Task, number> = { training: 0.01, inference: 1e-3 };

/** Compares losses or predictions with the first system's. Values that are missing or no numbers agree with nothing. */
export function agreementWith(reference: readonly number[], values: readonly number[], task: Task): Agreement {
  const scale = Math.max(...reference.map(Math.abs));
  const distances = values.map((value, i) => Math.abs(value - reference[i]) / scale);
  const complete = values.length === reference.length && distances.every(Number.isFinite);
  const difference = complete ? Math.max(0, ...distances) : Infinity;
  return { difference, agrees: difference <= tolerance[task] };
}

/** One line on a system that does not agree. */
export function describeDifference(system: string, { difference }: Agreement, task: Task): string {
  const what = task === "training" ? "loss after 10 steps" : "predictions";
  const percent = (share: number): string =>
    Number.isFinite(share) ? `${(100 * share).toPrecision(2)} %` : "no number";
  return (
    `${system}: expected ${what} within ${percent(tolerance[task])} of cellgrad's, got a difference of ` +
    `${percent(difference)}. The systems did different work, so their times must not be compared.`
  );
}
