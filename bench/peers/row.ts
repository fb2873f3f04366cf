import type { AdapterDescription } from "../../src/gpu/device.ts";
import type { Estimate } from "../../src/gpu/statistics.ts";
import type { Agreement } from "./agreement.ts";
import type { Calls } from "./counters.ts";
import type { ProblemSpec } from "./problem.ts";

/** One system's result. */
export interface PeerRow extends Agreement, Calls {
  readonly system: string;
  readonly version: string;
  /** Name of the adapter, or of the processor. */
  readonly adapter: string;
  /** Median over the timed steps: enqueued, and waited for until the device was done. */
  readonly msPerStep: number;
  /** From host arrays to the end of the first step: upload, tracing, compilation and the step. */
  readonly firstStepMs: number;
  /** Training: the last of `losses`. */
  readonly lossAfter10?: number;
  /** `msPerStep` over the first system's, with the 95 % bootstrap interval over the rounds. */
  readonly ratio: Estimate;
  /** `firstStepMs` over the first system's. */
  readonly firstStepRatio: number;
  /** All timed steps, in order; entry i of every row belongs to the same round. */
  readonly stepsMs: readonly number[];
  /** Training: the loss of each of the first ten steps. */
  readonly losses?: readonly number[];
}

/** What `bench peers --json` prints and `--out` writes; bench/README.md lists its fields. */
export interface PeersDocument {
  readonly kind: "peers";
  /** What the first system ran on, and with it every other that uses WebGPU. */
  readonly adapter: AdapterDescription;
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly spec: ProblemSpec;
  /** Whether all systems did the same work. */
  readonly agrees: boolean;
  readonly rows: readonly PeerRow[];
}
