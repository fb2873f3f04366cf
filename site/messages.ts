/** What the worker tells the page. The page only sends the demo to train, and ends the worker to stop it. */
import type { AdapterDescription } from "../src/gpu/device.ts";
import type { HistoryRow } from "../src/nn/history.ts";
import type { Progress } from "./run-demo.ts";

/** The adapter comes once, unasked; `failed` ends whatever was under way. */
export type Report =
  | { readonly type: "adapter"; readonly description: AdapterDescription }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "epoch"; readonly row: HistoryRow }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly message: string };
