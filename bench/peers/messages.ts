import type { Calls } from "./counters.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import type { ProblemSpec } from "./problem.ts";

/** What the parent asks of a peer's process, one at a time. */
export type Request =
  | { readonly do: "prepare"; readonly spec: ProblemSpec }
  | { readonly do: "step"; readonly index: number }
  | { readonly do: "values" }
  | { readonly do: "close" };

/** Sent once, before the first request, when the device is open. */
export interface Opened {
  readonly system: string;
  readonly version: string;
  readonly adapter: AdapterDescription;
}

/** The answer to a request. Time and calls are those of the request alone, taken in the peer's process. */
export interface Done extends Calls {
  readonly milliseconds: number;
  /** Only for "values". */
  readonly values?: readonly number[];
}

export type Reply =
  | { readonly is: "opened"; readonly opened: Opened }
  | { readonly is: "done"; readonly done: Done }
  | { readonly is: "failed"; readonly reason: string; readonly stack: string };

/** Both ends run the same file, so the discriminant says enough. */
export const isRequest = (message: unknown): message is Request =>
  typeof message === "object" && message !== null && "do" in message;

export const isReply = (message: unknown): message is Reply =>
  typeof message === "object" && message !== null && "is" in message;
