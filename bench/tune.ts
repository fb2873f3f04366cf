/** `bench tune`: which variant of each kernel of a step is the fastest on this adapter, of those that compute the same. */
import type { Device } from "../src/gpu/device.ts";
import type { Program } from "../src/gpu/program.ts";
import type { ReadyProgram } from "../src/gpu/ready-program.ts";
import { type Estimate, estimate } from "../src/gpu/statistics.ts";
import type { Tensor } from "../src/gpu/tensor.ts";
import { timeInterleaved, type TimingOptions } from "../src/gpu/timing.ts";
import type { Choice, Tuning } from "../src/gpu/tuning.ts";
import { failureOf, worstError } from "./kernels.ts";
import { tolerances } from "./kernels/row.ts";

/** A step in which variants are chosen, recorded anew with the same inputs. */
export type OpenStep = (
  tuning: Tuning,
  onRecorded: (program: Program) => void,
) => Promise<{ readonly program: ReadyProgram; readonly submit: () => void; readonly destroy: () => void }>;

/** What is wrong with a variant of a site by a reference of its own; undefined if nothing is, or there is none. */
export type Referee = (choice: Choice, variant: string) => Promise<string | undefined>;

export interface TunedVariant {
  readonly name: string;
  /** Of the launches of the site's layer and phase; null for a variant that is wrong, which is not timed. */
  readonly ms: Estimate | null;
  readonly wrong: string | null;
}

export interface TunedSite {
  readonly site: string;
  readonly layer: string;
  readonly phase: string;
  readonly variants: readonly TunedVariant[];
  /** Null if no variant is right. */
  readonly fastest: string | null;
}

export interface TuneOptions extends TimingOptions {
  readonly referee?: Referee;
  readonly onSite?: (choice: Choice, done: number, total: number) => void;
  /** Stops before the next variant; a site that was not finished is left out. */
  readonly signal?: AbortSignal;
}

/** A variant must be so much faster than the first to be preferred: less is noise. */
const worthwhile = 0.98;

interface Candidate {
  readonly name: string;
  readonly step: Awaited<ReturnType<OpenStep>>;
  readonly results: ReadonlyMap<string, Float32Array>;
}

/**
 * Tunes every site of a step that has more than one variant; each with the choices that were made before.
 *
 * @returns the sites that were finished: all, unless the signal was aborted.
 */
export async function tune(device: Device, open: OpenStep, options: TuneOptions): Promise<TunedSite[]> {
  const choices = await choicesOf(device, open);
  const tuned: TunedSite[] = [];
  const measured = new Map(device.tuning.measured);
  for (const [done, choice] of choices.entries()) {
    options.onSite?.(choice, done, choices.length);
    const site = await tuneSite(device, open, { ...device.tuning, measured }, choice, options);
    if (!site) break;
    if (site.fastest !== null) measured.set(site.site, site.fastest);
    tuned.push(site);
  }
  return tuned;
}

/** The sites at which there is something to choose, each once. */
async function choicesOf(device: Device, open: OpenStep): Promise<Choice[]> {
  const choices = new Map<string, Choice>();
  const step = await open(device.tuning, (program) => {
    for (const choice of program.choices) {
      if (choice.among.length > 1 && !choices.has(choice.site)) choices.set(choice.site, choice);
    }
  });
  step.destroy();
  return [...choices.values()];
}

async function tuneSite(
  device: Device,
  open: OpenStep,
  tuning: Tuning,
  choice: Choice,
  { referee, signal, onSite: _, ...timing }: TuneOptions,
): Promise<TunedSite | undefined> {
  const candidates: Candidate[] = [];
  const failures = new Map<string, string>();
  try {
    for (const name of choice.among) {
      if (signal?.aborted) return undefined;
      const forced = { ...tuning, measured: new Map([...tuning.measured, [choice.site, name]]) };
      try {
        const { step, results } = await runOnce(open, forced, choice);
        candidates.push({ name, step, results });
        const wrong = (await referee?.(choice, name)) ?? difference(results, candidates[0]?.results ?? results);
        if (wrong !== undefined) failures.set(name, wrong);
      } catch (error) {
        failures.set(name, failureOf(device, error));
      }
    }
    const right = candidates.filter(({ name }) => !failures.has(name));
    const times = await time(device, choice, right, timing);
    const variants = choice.among.map((name) => ({
      name,
      ms: times.get(name) ?? null,
      wrong: failures.get(name) ?? null,
    }));
    const { site, layer, phase } = choice;
    return { site, layer, phase, variants, fastest: fastestOf(variants) };
  } finally {
    for (const { step } of candidates) step.destroy();
  }
}

/** Runs the step once, and reads what the site's launches leave for others. */
async function runOnce(open: OpenStep, tuning: Tuning, { layer, phase }: Choice) {
  let tensors: Tensor[] = [];
  const step = await open(tuning, (program) => {
    tensors = program.resultsOf(layer, phase);
    for (const tensor of tensors) if (!tensor.slot.pinned) program.keep(tensor);
  });
  step.submit();
  const results = new Map<string, Float32Array>();
  for (const tensor of tensors) {
    // Sums over positions differ in number with the variant; whoever reads them is compared at its own site.
    results.set(`${tensor.name} [${tensor.shape.join(", ")}]`, await step.program.read(tensor));
  }
  return { step, results };
}

function difference(
  results: ReadonlyMap<string, Float32Array>,
  first: ReadonlyMap<string, Float32Array>,
): string | undefined {
  const common = [...first].filter(([name]) => results.has(name));
  if (common.length === 0) return "leaves nothing that the first variant leaves";
  for (const [name, expected] of common) {
    const worst = worstError(results.get(name) ?? [], Float64Array.from(expected));
    if (!(worst <= tolerances.long)) return `${name} is off by ${worst.toExponential(1)} of the first variant's`;
  }
  return undefined;
}

async function time(
  device: Device,
  { layer, phase }: Choice,
  candidates: readonly Candidate[],
  timing: TimingOptions,
): Promise<Map<string, Estimate>> {
  const series = await timeInterleaved(
    device,
    candidates.map(({ name, step: { program } }) => {
      const indices = program.launches.flatMap((each, i) => (each.layer === layer && each.phase === phase ? [i] : []));
      return { name, submit: (repeats: number) => program.runLaunches(indices, repeats) };
    }),
    timing,
  );
  return new Map(series.map(({ name, ms }) => [name, estimate(ms)]));
}

/** The first that is right, unless another is clearly faster. */
function fastestOf(variants: readonly TunedVariant[]): string | null {
  let best: { name: string; median: number } | undefined;
  for (const { name, ms } of variants) {
    if (ms && (!best || ms.median < best.median * worthwhile)) best = { name, median: ms.median };
  }
  return best?.name ?? null;
}
