/** A variant at the site that is tuned: a whole step with it, run once and compared before its launches are timed. */
import type { Program } from "../src/gpu/program.ts";
import type { ReadyProgram } from "../src/gpu/ready-program.ts";
import type { Tensor } from "../src/gpu/tensor.ts";
import type { Candidate } from "../src/gpu/timing.ts";
import type { Choice, Tuning } from "../src/gpu/tuning.ts";
import { worstError } from "./kernels.ts";
import { tolerances } from "./kernels/row.ts";

/** A step in which variants are chosen, recorded anew with the same inputs. */
export type OpenStep = (
  tuning: Tuning,
  onRecorded: (program: Program) => void,
) => Promise<{ readonly program: ReadyProgram; readonly submit: () => void; readonly destroy: () => void }>;

/** What the site's launches leave, by name and shape. */
export type Results = ReadonlyMap<string, Float32Array>;

/** A step of which the launches of a site's layer and phase are timed. */
export interface StepCandidate extends Candidate {
  /** Gives the step's memory back. */
  readonly destroy: () => void;
}

/** Opens a step with the variant `name` at a site, runs it, and reads what the site's launches leave for others. */
export async function openCandidate(
  open: OpenStep,
  tuning: Tuning,
  { site, layer, phase }: Choice,
  name: string,
): Promise<{ candidate: StepCandidate; results: Results }> {
  let tensors: Tensor[] = [];
  const forced = { ...tuning, measured: new Map([...tuning.measured, [site, name]]) };
  const { program, submit, destroy } = await open(forced, (recorded) => {
    tensors = recorded.resultsOf(layer, phase);
    for (const tensor of tensors) if (!tensor.slot.pinned) recorded.keep(tensor);
  });
  submit();
  const results = new Map<string, Float32Array>();
  for (const tensor of tensors) {
    // Sums over positions differ in number with the variant; whoever reads them is compared at its own site.
    results.set(`${tensor.name} [${tensor.shape.join(", ")}]`, await program.read(tensor));
  }
  const indices = program.launches.flatMap((each, i) => (each.layer === layer && each.phase === phase ? [i] : []));
  return { candidate: { name, submit: (repeats) => program.runLaunches(indices, repeats), destroy }, results };
}

/** What is wrong with results, by those of the first variant; undefined if nothing is. */
export function difference(results: Results, first: Results): string | undefined {
  const common = [...first].filter(([name]) => results.has(name));
  if (common.length === 0) return "leaves nothing that the first variant leaves";
  for (const [name, expected] of common) {
    const worst = worstError(results.get(name) ?? [], Float64Array.from(expected));
    if (!(worst <= tolerances.long)) return `${name} is off by ${worst.toExponential(1)} of the first variant's`;
  }
  return undefined;
}
