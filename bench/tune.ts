/** `bench tune`: which variant of each kernel of a step is the fastest on this adapter, of those that compute the same. */
import type { Device } from "../src/gpu/device.ts";
import type { Choice, Tuning } from "../src/gpu/tuning.ts";
import type { OpenStep } from "./tune-candidate.ts";
import { type SiteOptions, type TunedSite, tuneSite } from "./tune-site.ts";

type Defaulted = "groupBytes" | "stopped";

/** Nothing stops it unless told; the steps of a site may take half of the adapter's largest buffer. */
export interface TuneOptions extends Omit<SiteOptions, Defaulted>, Partial<Pick<SiteOptions, Defaulted>> {
  /** What is known of the adapter, with what was measured before; the device's unless given. */
  readonly tuning?: Tuning;
  /** Before a site is measured. */
  readonly onSite?: (choice: Choice, done: number, total: number) => void;
  /** After a site was measured, or was not since the tuning was stopped. */
  readonly onTuned?: (site: TunedSite, done: number, total: number) => void;
}

/**
 * Tunes every site of a step that has more than one variant; each with the choices that were made before. Sites of
 * which nothing is known come first, so that a tuning that was stopped goes on where it ended.
 */
export async function tune(
  device: Device,
  open: OpenStep,
  { tuning = device.tuning, onSite, onTuned, ...options }: TuneOptions,
): Promise<TunedSite[]> {
  const { stopped = () => undefined, groupBytes = device.gpu.limits.maxBufferSize / 2 } = options;
  const measured = new Map(tuning.measured);
  const all = await choicesOf(tuning, open);
  const isKnown = ({ site }: Choice) => tuning.measured.has(site);
  const choices = [...all.filter((choice) => !isKnown(choice)), ...all.filter(isKnown)];
  const tuned: TunedSite[] = [];
  for (const [done, choice] of choices.entries()) {
    onSite?.(choice, done, choices.length);
    const site = await tuneSite(device, open, { ...tuning, measured }, choice, { ...options, stopped, groupBytes });
    if (site.fastest !== null) measured.set(site.site, site.fastest);
    tuned.push(site);
    onTuned?.(site, done + 1, choices.length);
  }
  return tuned;
}

/** The sites at which there is something to choose, each once. */
async function choicesOf(tuning: Tuning, open: OpenStep): Promise<Choice[]> {
  const choices = new Map<string, Choice>();
  const step = await open(tuning, (program) => {
    for (const choice of program.choices) {
      if (choice.among.length > 1 && !choices.has(choice.site)) choices.set(choice.site, choice);
    }
  });
  step.destroy();
  return [...choices.values()];
}
