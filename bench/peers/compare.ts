import { CellgradError } from "../../src/errors.ts";
import { type Estimate, estimateRatio, median } from "../../src/gpu/statistics.ts";
import { agreementWith, type Agreement, describeDifference } from "./agreement.ts";
import type { Calls } from "./counters.ts";
import type { Done } from "./messages.ts";
import type { PeerProcess } from "./process.ts";
import type { ProblemSpec } from "./problem.ts";
import type { PeerRow } from "./row.ts";

/** First steps, which compile, upload batches and fill buffer pools. */
const warmUpSteps = 3;

/** Rounds whose results are compared: ten training steps, and a forward pass of each batch. */
const checkedRounds = ({ task, batchCount }: ProblemSpec): number => (task === "training" ? 10 : batchCount);

interface Run {
  readonly peer: PeerProcess;
  readonly prepareMs: number;
  readonly done: Done[];
  /** Of each checked round. */
  readonly values: (readonly number[])[];
}

export interface Rounds {
  /** Steps of each that are timed, after the warm-up. */
  readonly steps: number;
  /** Called after each round. */
  readonly onRound?: (done: number, total: number) => void;
}

/**
 * Runs all peers on the same problem, one step of each in turn, so that what slows the machine for a while slows all of
 * them. The first is what the others are compared with. Calls are those of the last step.
 *
 * @throws CellgradError if predictions disagree: nothing is timed then.
 */
export async function comparePeers(
  peers: readonly PeerProcess[],
  spec: ProblemSpec,
  { steps, onRound }: Rounds,
): Promise<PeerRow[]> {
  const runs: Run[] = [];
  for (const peer of peers) {
    const { milliseconds } = await peer.ask({ do: "prepare", spec });
    runs.push({ peer, prepareMs: milliseconds, done: [], values: [] });
  }
  const checked = checkedRounds(spec);
  const rounds = Math.max(checked, warmUpSteps + steps);
  for (let index = 0; index < rounds; index++) {
    for (const { peer, done, values } of runs) {
      done.push(await peer.ask({ do: "step", index }));
      if (index < checked) values.push((await peer.ask({ do: "values" })).values ?? []);
    }
    if (index === checked - 1 && spec.task === "inference") demandAgreement(runs);
    onRound?.(index + 1, rounds);
  }
  return runs.map((run) => rowOf(run, runs[0], spec, steps));
}

function demandAgreement(runs: readonly Run[]): void {
  for (const { peer, values } of runs) {
    const agreement = agreementWith(runs[0].values.flat(), values.flat(), "inference");
    if (!agreement.agrees) throw new CellgradError(describeDifference(peer.opened.system, agreement, "inference"));
  }
}

function rowOf(run: Run, reference: Run, { task }: ProblemSpec, steps: number): PeerRow {
  const { system, version, adapter } = run.peer.opened;
  const timed = ({ done }: Run): number[] => done.slice(-steps).map(({ milliseconds }) => milliseconds);
  const firstStep = ({ prepareMs, done }: Run): number => prepareMs + done[0].milliseconds;
  const stepsMs = timed(run);
  const ratio: Estimate = estimateRatio(stepsMs, timed(reference), { paired: true });
  return {
    ...{ system, version, adapter: adapter.name },
    msPerStep: median(stepsMs),
    firstStepMs: firstStep(run),
    ...(task === "training" ? { lossAfter10: run.values[9][0] } : {}),
    ratio,
    firstStepRatio: firstStep(run) / firstStep(reference),
    ...agreementOf(run, reference, task),
    ...callsOf(run.done[run.done.length - 1]),
    stepsMs,
    ...(task === "training" ? { losses: run.values.flat() } : {}),
  };
}

/** Training is judged by the last of the ten losses, inference by all predictions. */
function agreementOf(run: Run, reference: Run, task: ProblemSpec["task"]): Agreement {
  const judged = ({ values }: Run): readonly number[] => (task === "training" ? values[9] : values.flat());
  return agreementWith(judged(reference), judged(run), task);
}

const callsOf = ({ dispatches, submits, createBuffer }: Calls): Calls => ({ dispatches, submits, createBuffer });
