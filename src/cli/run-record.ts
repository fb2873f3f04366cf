/** What a run's folder says of how far and how well it trained: its configuration and history, and nothing larger. */
import type { HistoryRow } from "../nn/history.ts";
import type { RunConfig } from "../nn/run-config.ts";
import type { RunFolder } from "./run-folder.ts";

export interface RunRecord {
  /** The folder as given. */
  readonly run: string;
  /** When training began or was resumed, in ISO 8601. */
  readonly date: string;
  /** Whether it was scored. */
  readonly finished: boolean;
  readonly config: RunConfig;
  readonly epochs: { readonly done: number; readonly planned: number };
  /** The first epoch of the lowest validation loss; null without one. */
  readonly best: ValidatedRow | null;
  readonly last: HistoryRow | null;
}

type ValidatedRow = HistoryRow & { readonly val: NonNullable<HistoryRow["val"]> };

/** @throws DataError naming the file that cannot be used. */
export async function readRun(folder: RunFolder): Promise<RunRecord> {
  const config = await folder.readConfig();
  const history = await folder.readHistory();
  const last = history.at(-1) ?? null;
  return {
    run: folder.path,
    date: (await folder.date()).toISOString(),
    finished: folder.isFinished,
    config,
    epochs: { done: last?.epoch ?? 0, planned: config.preset.epochs },
    best: bestOf(history),
    last,
  };
}

function bestOf(history: readonly HistoryRow[]): ValidatedRow | null {
  let best: ValidatedRow | null = null;
  for (const row of history) {
    if (row.val && row.val.loss < (best?.val.loss ?? Infinity)) best = { ...row, val: row.val };
  }
  return best;
}
