/** Commands in a row: each is said as one would type it, and runs unless it was done before. */
import { note } from "./output.ts";

export interface Stage {
  readonly title: string;
  /** What does the same, typed. */
  readonly command: string;
  /** Whether an earlier call has done it. */
  readonly isDone?: () => boolean;
  readonly run: () => Promise<void>;
}

/** @returns whether all ran: not if one was interrupted, which has set the exit status. */
export async function walk(stages: readonly Stage[]): Promise<boolean> {
  for (const [i, { title, command, isDone, run }] of stages.entries()) {
    const place = `${i + 1}/${stages.length}  ${title}`;
    if (isDone?.()) {
      note(`\n${place}: done before`);
      continue;
    }
    note(`\n${place}:  ${command}`);
    await run();
    if (process.exitCode === 130) return false;
  }
  return true;
}
