import type { Calls } from "./counters.ts";
import type { Done, Opened } from "./messages.ts";
import type { PeerProcess } from "./process.ts";
import type { ProblemSpec } from "./problem.ts";

/** Steps after which the peers' losses are compared. */
const comparedSteps = 10;
/** First steps, which compile, upload batches and fill buffer pools. */
const warmUpSteps = 3;

/** One system's result. */
export interface PeerRow extends Opened, Calls {
  /** Median over the timed steps: enqueued, and waited for until the device was done. */
  readonly msPerStep: number;
  /** All timed steps, in order; entry i of every row belongs to the same round. */
  readonly stepsMs: readonly number[];
  /** From host arrays to the end of the first step: upload, tracing, compilation and the step. */
  readonly firstStepMs: number;
  /** The last of `losses`. */
  readonly lossAfter10: number;
  /** Training loss of each of the first ten steps. */
  readonly losses: readonly number[];
}

/**
 * Trains all peers on the same problem, one step of each in turn, so that what slows the machine for a while slows all
 * of them. `steps` steps of each are timed, after the warm-up. Calls are those of the last step.
 */
export async function comparePeers(
  peers: readonly PeerProcess[],
  spec: ProblemSpec,
  steps: number,
): Promise<PeerRow[]> {
  const runs = peers.map((peer) => ({ peer, done: [] as Done[], losses: [] as number[], prepareMs: 0 }));
  for (const run of runs) run.prepareMs = (await run.peer.ask({ do: "prepare", spec })).milliseconds;
  const rounds = Math.max(comparedSteps, warmUpSteps + steps);
  for (let index = 0; index < rounds; index++) {
    for (const { peer, done, losses } of runs) {
      done.push(await peer.ask({ do: "step", index }));
      if (index < comparedSteps) losses.push((await peer.ask({ do: "loss" })).loss ?? NaN);
    }
  }
  return runs.map(({ peer, done, losses, prepareMs }) => {
    const stepsMs = done.slice(-steps).map(({ milliseconds }) => milliseconds);
    const { dispatches, submits, createBuffer } = done[done.length - 1];
    return {
      ...peer.opened,
      msPerStep: median(stepsMs),
      firstStepMs: prepareMs + done[0].milliseconds,
      lossAfter10: losses[comparedSteps - 1],
      dispatches,
      submits,
      createBuffer,
      stepsMs,
      losses,
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
