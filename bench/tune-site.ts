/** Tunes one site of a step: rejects the variants that are wrong, and races the others in as little memory as it must. */
import type { Device } from "../src/gpu/device.ts";
import type { Estimate } from "../src/gpu/statistics.ts";
import type { TimingOptions } from "../src/gpu/timing.ts";
import type { Choice, Tuning } from "../src/gpu/tuning.ts";
import { failureOf } from "./kernels.ts";
import { isSlower, preferred, race, type Raced } from "./elimination.ts";
import { difference, openCandidate, type OpenStep, type Results, type StepCandidate } from "./tune-candidate.ts";

/** What is wrong with a variant of a site by a reference of its own; undefined if nothing is, or there is none. */
export type Referee = (choice: Choice, variant: string) => Promise<string | undefined>;

export interface TunedVariant {
  readonly name: string;
  /** Of the launches of the site's layer and phase; null for a variant that is wrong, or was not measured. */
  readonly ms: Estimate | null;
  /** Milliseconds in each round that it had. */
  readonly repetitions: readonly number[];
  readonly wrong: string | null;
  /** The variant that it went out against; null if it was never told apart from the fastest. */
  readonly slowerThan: string | null;
}

export interface TunedSite {
  readonly site: string;
  readonly layer: string;
  readonly phase: string;
  readonly variants: readonly TunedVariant[];
  /** Null if no variant is right, or the site was not measured. */
  readonly fastest: string | null;
  /** Why it was not measured; null if it was. */
  readonly notMeasured: string | null;
}

export interface SiteOptions extends Omit<TimingOptions, "goesOn"> {
  readonly referee?: Referee;
  /** Bytes on the device that the steps of a site may take; two are open at once even if they take more. */
  readonly groupBytes: number;
  /** Asked between variants and between rounds: why to stop, or undefined to go on. */
  readonly stopped: () => string | undefined;
}

/** A site that keeps the variant that it had. */
const unmeasured = ({ site, layer, phase, among }: Choice, reason: string): TunedSite => ({
  ...{ site, layer, phase, fastest: null, notMeasured: reason },
  variants: among.map((name) => ({ name, ms: null, repetitions: [], wrong: null, slowerThan: null })),
});

/** Measures the variants of a site. One that was stopped in the middle counts as not measured. */
export async function tuneSite(
  device: Device,
  open: OpenStep,
  tuning: Tuning,
  choice: Choice,
  options: SiteOptions,
): Promise<TunedSite> {
  const site = new SiteTuning(device, (name) => openCandidate(open, tuning, choice, name), choice, options);
  try {
    for (const name of choice.among) {
      if (site.isFull()) await site.race();
      if (site.mustStop()) break;
      await site.add(name);
    }
    await site.race();
    return site.result();
  } finally {
    site.close();
  }
}

class SiteTuning {
  readonly #device: Device;
  readonly #openCandidate: (name: string) => Promise<{ candidate: StepCandidate; results: Results }>;
  readonly #choice: Choice;
  readonly #options: SiteOptions;
  readonly #before: number;
  /** Bytes of the largest step. */
  #largest = 0;
  /** What the first variant leaves. */
  #first: Results | undefined;
  readonly #wrong = new Map<string, string>();
  readonly #raced = new Map<string, Raced>();
  /** Right, and in memory: the best so far and those that are to race against it. */
  #open: StepCandidate[] = [];
  #reason: string | undefined;

  constructor(
    device: Device,
    open: (name: string) => Promise<{ candidate: StepCandidate; results: Results }>,
    choice: Choice,
    options: SiteOptions,
  ) {
    this.#device = device;
    this.#openCandidate = open;
    this.#choice = choice;
    this.#options = options;
    this.#before = device.memory.liveBytes;
  }

  mustStop(): boolean {
    this.#reason ??= this.#options.stopped();
    return this.#reason !== undefined;
  }

  /** Whether another step would take too much memory, where a race makes room. */
  isFull(): boolean {
    const bytes = this.#device.memory.liveBytes - this.#before + this.#largest;
    return this.#open.length > 1 && bytes > this.#options.groupBytes;
  }

  /** Opens a variant, and closes it again if it is wrong. One that does not compile or run here is wrong. */
  async add(name: string): Promise<void> {
    const wrong = await this.#check(name).catch((error: unknown) => failureOf(this.#device, error));
    if (wrong === undefined) return;
    this.#wrong.set(name, wrong);
    this.#keepOpen((own) => own.name !== name);
  }

  /** What is wrong with a variant, which is open from here on. */
  async #check(name: string): Promise<string | undefined> {
    const before = this.#device.memory.liveBytes;
    const { candidate, results } = await this.#openCandidate(name);
    this.#open.push(candidate);
    this.#largest = Math.max(this.#largest, this.#device.memory.liveBytes - before);
    this.#first ??= results;
    return (await this.#options.referee?.(this.#choice, name)) ?? difference(results, this.#first);
  }

  /** Times those that are open, and closes all but the best. */
  async race(): Promise<void> {
    if (this.#reason !== undefined || this.#open.every(({ name }) => this.#raced.has(name))) return;
    const raced = await race(this.#device, this.#open, { ...this.#options, isStopped: () => this.mustStop() });
    for (const row of raced ?? []) this.#raced.set(row.name, row);
    const best = preferred(raced ?? []);
    this.#keepOpen(({ name }) => name === best?.name);
  }

  result(): TunedSite {
    if (this.#reason !== undefined) return unmeasured(this.#choice, this.#reason);
    const { site, layer, phase, among } = this.#choice;
    const best = this.#raced.get(this.#open[0]?.name ?? "");
    const variants = among.map((name) => this.#variant(name, best));
    return { site, layer, phase, variants, fastest: best?.name ?? null, notMeasured: null };
  }

  /** One that went on in an earlier race than the best's last is compared with it here. */
  #variant(name: string, best: Raced | undefined): TunedVariant {
    const { ms = null, repetitions = [], slowerThan = null } = this.#raced.get(name) ?? {};
    const later = ms && best && isSlower(ms, best.ms) ? best.name : null;
    return { name, ms, repetitions, wrong: this.#wrong.get(name) ?? null, slowerThan: slowerThan ?? later };
  }

  #keepOpen(isKept: (candidate: StepCandidate) => boolean): void {
    for (const candidate of this.#open) if (!isKept(candidate)) candidate.destroy();
    this.#open = this.#open.filter(isKept);
  }

  close(): void {
    this.#keepOpen(() => false);
  }
}
